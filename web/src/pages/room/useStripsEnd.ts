/** Where the strips at the top of the page end, for dialogs to begin below them (`--strips-end`). */

import { onScopeDispose, watch } from 'vue'
import type { Ref } from 'vue'

const NAME = '--strips-end'

export function useStripsEnd(strips: Readonly<Ref<HTMLElement | null>>): void {
  const { style } = document.documentElement
  const measure = (): void => {
    const box = strips.value?.getBoundingClientRect()
    style.setProperty(NAME, box?.height ? `${Math.round(box.bottom)}px` : '0px')
  }
  const observer = new ResizeObserver(measure)
  watch(strips, (now) => {
    observer.disconnect()
    if (now) observer.observe(now)
  })
  onScopeDispose(() => {
    observer.disconnect()
    style.removeProperty(NAME)
  })
}
