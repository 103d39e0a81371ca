/** Nothing that was written goes in silence: who leaves is asked first, whichever way they leave. */
import { onScopeDispose, ref } from 'vue'
import type { Ref } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'
import { askBeforeLogOut } from './logging-out'

/** Before the tab is closed or loaded again: in the browser's own words. */
export function askBeforeClosing(unsaved: () => boolean): void {
  const closing = (event: BeforeUnloadEvent): void => {
    if (unsaved()) event.preventDefault()
  }
  window.addEventListener('beforeunload', closing)
  onScopeDispose(() => window.removeEventListener('beforeunload', closing))
}

/** Before another page and before signing out too. Who agreed to go is not asked again. */
export function askBeforeLeaving(unsaved: () => boolean, words: () => string): void {
  let agreed = false
  const mayLeave = (): boolean => agreed || !unsaved() || window.confirm(words())
  askBeforeClosing(() => unsaved() && !agreed)
  askBeforeLogOut(async () => (agreed = mayLeave()), () => '')
  onBeforeRouteLeave(mayLeave)
}

/** For a dialog: `close` with the way out; `asking` while the person has not said what becomes of it. */
export function useUnsaved(unsaved: Ref<boolean>, words: () => string) {
  const asking = ref(false)
  askBeforeLeaving(() => unsaved.value, words)

  function close(out: () => void): void {
    if (unsaved.value) asking.value = true
    else out()
  }
  return { asking, close }
}
