/** Where a clip is that is shown on several screens, and what one screen does to be there too. Pure. */

export interface ClipPlace {
  playing: boolean
  /** From its beginning, at `since_ms` of this page's own clock. */
  at_ms: number
  since_ms: number
}

/** Held at its beginning. */
export const heldAt = (at_ms: number): ClipPlace => ({ playing: false, at_ms, since_ms: 0 })

/** Where it is now; it stands at its end. */
export function placeNow(place: ClipPlace, now_ms: number, length_ms: number): number {
  const at = place.at_ms + (place.playing ? Math.max(0, now_ms - place.since_ms) : 0)
  return Math.min(Math.max(0, at), length_ms)
}

export const runs = (place: ClipPlace, now_ms: number, length_ms: number): boolean => place.playing && placeNow(place, now_ms, length_ms) < length_ms

/** Farther than this from the others it jumps, less than this is in step; between, it goes faster or slower. */
export const JUMP_MS = 250
export const STEP_MS = 40

export interface Steer {
  seek_ms: number | null
  rate: number
}

/** What brings an element that is at `here_ms` to where it should be. */
export function steer(here_ms: number, should_ms: number, running: boolean): Steer {
  const behind = should_ms - here_ms
  if (!running) return { seek_ms: Math.abs(behind) > STEP_MS ? should_ms : null, rate: 1 }
  if (Math.abs(behind) > JUMP_MS) return { seek_ms: should_ms, rate: 1 }
  return { seek_ms: null, rate: Math.abs(behind) <= STEP_MS ? 1 : behind > 0 ? 1.1 : 0.9 }
}
