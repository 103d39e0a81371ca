/** Calls for an alarm where the page is not looked at: a count in the tab's title, and a chime (off by default). */

import { ref, watch } from 'vue'
import type { Ref } from 'vue'

const KEY = 'duizhi.chime'

function ring(): void {
  const context = new AudioContext()
  for (const [at, hertz] of [[0, 880], [0.22, 660]] as const) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = hertz
    volume.gain.setValueAtTime(0.18, context.currentTime + at)
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + at + 0.35)
    tone.connect(volume).connect(context.destination)
    tone.start(context.currentTime + at)
    tone.stop(context.currentTime + at + 0.4)
  }
  window.setTimeout(() => void context.close(), 1_000)
}

export function useAlarmCall(waiting: Ref<string[]>, title: Ref<string>) {
  const chime = ref(localStorage.getItem(KEY) === 'on')

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
    localStorage.setItem(KEY, on ? 'on' : 'off')
    if (on) ring()
  }

  return { chime, setChime }
}
