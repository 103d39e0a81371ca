/** A chime for what should be noticed where the page is not looked at. Off until it is chosen, kept in the browser. */

const KEY = 'duizhi.chime'

export const chimes = (): boolean => localStorage.getItem(KEY) === 'on'

export function keepChime(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off')
}

export function chime(): void {
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
