/** For what a page shows beside what one came for: loaded when the browser has time, or when it is first wanted. */

import { ref, watch } from 'vue'
import type { Ref } from 'vue'

const LATEST_MS = 2_000

/** When the browser has time; soon in any case. */
export function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) window.requestIdleCallback(() => resolve(), { timeout: LATEST_MS })
    else setTimeout(resolve, 0) // Safari
  })
}

/** True from the first time on that something is: a dialog is loaded when it is first opened, and stays for its way out. */
export function ever(wanted: () => unknown): Ref<boolean> {
  const been = ref(false)
  watch(wanted, (now) => { if (now) been.value = true }, { immediate: true })
  return been
}
