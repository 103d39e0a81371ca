/** Calls for an alarm where the page is not looked at: a count in the tab's title, and a chime (off by default). */

import { ref, watch } from 'vue'
import type { Ref } from 'vue'
import { chime as ring, chimes, keepChime } from '@/base/chime'

export function useAlarmCall(waiting: Ref<string[]>, title: Ref<string>) {
  const chime = ref(chimes())

  watch(
    [waiting, title],
    ([now, words], [before]) => {
      if (words) document.title = now.length ? `(${now.length}) ${words}` : words
      const fresh = now.some((id) => !(before ?? []).includes(id))
      if (chime.value && fresh) ring()
    },
    { immediate: true },
  )

  function setChime(on: boolean): void {
    chime.value = on
    keepChime(on)
    if (on) ring()
  }

  return { chime, setChime }
}
