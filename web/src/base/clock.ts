/**
 * The centre's clock, as far as this page knows it, and one shared tick for everything on the page
 * that counts. Pages read `nowUs` and never `Date.now()`, so that all desks show the same second.
 */

import { readonly, ref } from 'vue'

let offsetUs = 0
let best = Number.POSITIVE_INFINITY
const now = ref(Date.now() * 1000)

/** Takes a reading of the centre's clock; one with a shorter round trip replaces a longer one. */
export function noteServerTime(serverUs: number, roundTripMs = 200): void {
  if (roundTripMs > best * 2 && best !== Number.POSITIVE_INFINITY) return
  best = Math.min(best, roundTripMs)
  offsetUs = serverUs + roundTripMs * 500 - Date.now() * 1000
}

export function serverNowUs(): number {
  return Date.now() * 1000 + offsetUs
}

function beat(): void {
  now.value = serverNowUs()
  // Wake just after the next full second so that all counters turn over together.
  const toNext = 1000 - Math.floor((now.value / 1000) % 1000)
  setTimeout(beat, Math.min(1000, toNext + 5))
}
beat()

/** Microseconds, refreshed once a second. */
export const nowUs = readonly(now)
