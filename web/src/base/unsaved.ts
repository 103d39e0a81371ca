/** Nothing that was written goes in silence: who leaves is asked first, whichever way they leave. */
import { onBeforeUnmount, onMounted, ref } from 'vue'
import type { Ref } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'

/** For a dialog: `close` with the way out; `asking` while the person has not said what becomes of it. */
export function useUnsaved(unsaved: Ref<boolean>, words: () => string) {
  const asking = ref(false)

  function close(out: () => void): void {
    if (unsaved.value) asking.value = true
    else out()
  }
  function leaving(event: BeforeUnloadEvent): void {
    if (unsaved.value) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', leaving))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', leaving))
  onBeforeRouteLeave(() => !unsaved.value || window.confirm(words()))
  return { asking, close }
}
