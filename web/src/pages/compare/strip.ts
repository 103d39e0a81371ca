/** The strip of sound beside an answer: what of the recording it shows, and where a key goes. Pure. */
import { NARROWEST_US, placed } from '@/pages/review/clock'
import type { Stretch } from '@/pages/review/clock'

const SECOND = 1_000_000
const AROUND_US = 20 * SECOND
/** Two answers no further apart than this are seen in one strip. */
const TOGETHER_US = 90 * SECOND

interface Recorded {
  start_us: number
  end_us: number | null
}

/** The answer and some time around it, and with it the moment that is cued; alone that, where it is far. */
export function stripView(lane: Recorded, said: Stretch, cue_us: number): Stretch {
  const near = Math.abs(cue_us - said.from_us) <= TOGETHER_US
  const first = near ? Math.min(said.from_us, cue_us) : cue_us
  const last = near ? Math.max(said.to_us, cue_us) : cue_us
  const from_us = Math.max(lane.start_us, first - AROUND_US)
  const to_us = Math.min(lane.end_us ?? Number.POSITIVE_INFINITY, last + AROUND_US)
  return { from_us, to_us: Math.max(to_us, from_us + NARROWEST_US) }
}

/** Thousandths of what is seen, or on which side of it the sentence lies. */
export function placeOf(view: Stretch, said: Stretch): { left: number; width: number } | 'before' | 'after' {
  return placed(view, said.from_us, said.to_us) ?? (said.to_us < view.from_us ? 'before' : 'after')
}

/** Where a key of the strip goes; null: none of its keys. */
export function keyGoesTo(key: string, position_us: number, view: Stretch, said: Stretch): number | null {
  switch (key) {
    case 'ArrowLeft': case 'ArrowDown': return position_us - SECOND
    case 'ArrowRight': case 'ArrowUp': return position_us + SECOND
    case 'PageDown': return position_us - 5 * SECOND
    case 'PageUp': return position_us + 5 * SECOND
    case 'Home': return view.from_us
    case 'End': return view.to_us
    case 'Enter': return said.from_us
    default: return null
  }
}

/** A moment of the recording: the nearest one to what was asked for, in whole microseconds as the centre has them. */
export function withinLane(lane: Recorded, us: number): number {
  return Math.round(Math.max(lane.start_us, Math.min(us, lane.end_us ?? us)))
}
