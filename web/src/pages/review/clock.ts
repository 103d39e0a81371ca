/**
 * Several recordings on one clock: pure arithmetic, no DOM. Times are microseconds of the agency's
 * clock, in which the recorder's log states every segment, gap and pause.
 */

import { clockTime } from '@/base/time'
import type { ReviewLane, ReviewSession, ReviewSpan } from './types'

export interface Stretch {
  from_us: number
  to_us: number
}

const SECOND = 1_000_000
/** A view is never narrower. */
export const NARROWEST_US = 2 * SECOND

/** From the first opening to the last end; what still runs ends now. */
export function rangeOf(sessions: readonly ReviewSession[], lanes: readonly ReviewLane[], nowUs: number): Stretch {
  const begins = [...sessions.map((one) => one.opened_us), ...lanes.map((one) => one.start_us)]
  const ends = [...sessions.map((one) => one.closed_us ?? nowUs), ...lanes.map((one) => one.end_us ?? nowUs)]
  if (!begins.length) return { from_us: nowUs - SECOND, to_us: nowUs }
  const from_us = Math.min(...begins)
  return { from_us, to_us: Math.max(from_us + NARROWEST_US, ...ends) }
}

export type LaneState = 'recorded' | 'gap' | 'pause' | 'before' | 'after'

export interface Moment {
  state: LaneState
  span?: ReviewSpan
}

/** What a lane has at a moment. A pause outranks a gap; one of a single track leaves the other. */
export function stateAt(lane: ReviewLane, us: number, track: 'all' | 'video' | 'audio' = 'all'): Moment {
  if (us < lane.start_us) return { state: 'before' }
  if (lane.end_us !== null && us >= lane.end_us) return { state: 'after' }
  const held = lane.spans.filter((one) => one.start_us <= us && us < one.end_us && (one.track === 'all' || one.track === track))
  const span = held.find((one) => one.state === 'pause') ?? held[0]
  if (!span || lane.late.some((one) => one.start_us <= us && us < one.end_us)) return { state: 'recorded' }
  return { state: span.state, span }
}

/** The first moment from `us` on at which some lane has something; null: nothing follows. */
export function nextRecorded(lanes: readonly ReviewLane[], us: number): number | null {
  const edges = lanes.flatMap((lane) => [lane.start_us, ...lane.spans.map((one) => one.end_us)])
  const moments = [us, ...edges.filter((edge) => edge > us)].sort((a, b) => a - b)
  return moments.find((at) => lanes.some((lane) => stateAt(lane, at).state === 'recorded')) ?? null
}

export interface Correction {
  seek: boolean
  rate: number
}

/** Pictures further off than this are brought back by playing a little faster or slower. */
export const TOLERATED_S = 0.03
/** Beyond this a jump is better than a long chase. */
export const JUMP_S = 0.25

/** Its rate changes by no more than this part. */
const BENT_MOST = 0.2
const BACK_WITHIN_S = 0.5

/** How a picture that is `ahead_s` ahead of the clock gets back in step: the further, the faster. */
export function correction(ahead_s: number, rate: number): Correction {
  if (Math.abs(ahead_s) > JUMP_S) return { seek: true, rate }
  if (Math.abs(ahead_s) <= TOLERATED_S) return { seek: false, rate }
  return { seek: false, rate: rate * (1 - Math.min(BENT_MOST, Math.max(-BENT_MOST, ahead_s / BACK_WITHIN_S))) }
}

/** The picture after or before the one shown; `frames` in order. */
export function stepFrom(frames: readonly number[], us: number, by: 1 | -1): number | null {
  if (by > 0) return frames.find((one) => one > us + 1_000) ?? null
  let shown = -1
  for (let i = 0; i < frames.length && frames[i]! <= us + 1_000; i += 1) shown = i
  return shown > 0 ? frames[shown - 1]! : null
}

// --- what of the time line is seen

export function zoomed(view: Stretch, range: Stretch, factor: number, around_us: number): Stretch {
  const length = Math.min(Math.max((view.to_us - view.from_us) * factor, NARROWEST_US), range.to_us - range.from_us)
  const share = (around_us - view.from_us) / (view.to_us - view.from_us)
  return within(around_us - length * Math.min(1, Math.max(0, share)), length, range)
}

export function moved(view: Stretch, range: Stretch, by_us: number): Stretch {
  return within(view.from_us + by_us, view.to_us - view.from_us, range)
}

/** The same length, so that the moment is in it; unchanged when it is. */
export function showing(view: Stretch, range: Stretch, us: number): Stretch {
  if (us >= view.from_us && us <= view.to_us) return view
  const length = view.to_us - view.from_us
  return within(us - length / 10, length, range)
}

function within(from: number, length: number, range: Stretch): Stretch {
  const from_us = Math.round(Math.max(range.from_us, Math.min(from, range.to_us - length)))
  return { from_us, to_us: Math.round(from_us + length) }
}

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400]

/** Marks of the ruler at whole steps of the day's clock, at least `apart` points from each other. */
export function ticks(view: Stretch, width: number, apart = 90): { at_us: number; step_us: number }[] {
  const length = view.to_us - view.from_us
  const least = (length / Math.max(1, width)) * apart
  const step = (STEPS_S.find((one) => one * SECOND >= least) ?? STEPS_S.at(-1)!) * SECOND
  const midnight = new Date(view.from_us / 1000).setHours(0, 0, 0, 0) * 1000
  const found = []
  for (let at = midnight + Math.ceil((view.from_us - midnight) / step) * step; at <= view.to_us; at += step) {
    found.push({ at_us: at, step_us: step })
  }
  return found
}

/** What a mark of the ruler says, as exactly as its steps are. */
export function tickText(us: number, step_us: number): string {
  if (step_us >= 60 * SECOND) return clockTime(us).slice(0, 5)
  return step_us >= SECOND ? clockTime(us) : `${clockTime(us)}.${Math.round((us % 1e6) / 1e5)}`
}

/** Thousandths of the view, cut off at its edges; null: outside. */
export function placed(view: Stretch, from_us: number, to_us: number): { left: number; width: number } | null {
  if (to_us < view.from_us || from_us > view.to_us) return null
  const length = view.to_us - view.from_us
  const left = Math.max(0, (from_us - view.from_us) / length)
  return { left: left * 1000, width: (Math.min(1, (to_us - view.from_us) / length) - left) * 1000 }
}

// --- the address of a moment

export interface Link {
  sessions: string[]
  at_us: number | null
  /** `session/source` of the lane that is heard. */
  lane: string
}

export function linkOf(query: Record<string, unknown>): Link {
  const text = (name: string): string => (typeof query[name] === 'string' ? (query[name] as string) : '')
  const at = /^\d{1,16}$/.test(text('at')) ? Number(text('at')) : null
  return { sessions: text('sessions').split(',').filter(Boolean), at_us: at, lane: text('source') }
}

export function queryOf(link: Link): Record<string, string> {
  return {
    ...(link.sessions.length ? { sessions: link.sessions.join(',') } : {}),
    ...(link.at_us === null ? {} : { at: String(Math.round(link.at_us)) }),
    ...(link.lane ? { source: link.lane } : {}),
  }
}

export const laneKey = (lane: { session: string; source: string }): string => `${lane.session}/${lane.source}`

/** The lane a link means: by its key, or by the source alone. */
/** Sources of one start come a few seconds apart: it is opened where all of these have begun. */
const TOGETHER_US = 30_000_000

/** Where a review opens; null without lanes. */
export function openingOf(lanes: readonly ReviewLane[]): number | null {
  if (!lanes.length) return null
  const starts = lanes.map((one) => one.start_us)
  const first = Math.min(...starts)
  return Math.max(...starts.filter((us) => us - first <= TOGETHER_US))
}

export function laneOf(lanes: readonly ReviewLane[], wanted: string, us: number): ReviewLane | undefined {
  return (
    lanes.find((one) => laneKey(one) === wanted) ??
    lanes.find((one) => one.source === wanted) ??
    lanes.find((one) => one.sound && stateAt(one, us).state === 'recorded') ??
    lanes.find((one) => one.sound) ??
    lanes[0]
  )
}

// --- words

export interface TimedPiece {
  text: string
  start_us: number
  end_us: number
}

/** The text of a line cut where its words begin, so that a click goes to the word. */
export function timedPieces(line: { text: string; start_us: number; end_us: number; words: { w: string; s_us: number; e_us: number }[] }): TimedPiece[] {
  const pieces: TimedPiece[] = []
  let from = 0
  for (const word of line.words) {
    const found = word.w ? line.text.indexOf(word.w, from) : -1
    if (found < 0) continue
    const before = line.text.slice(from, found)
    if (before && pieces.length) pieces.at(-1)!.text += before
    pieces.push({ text: pieces.length ? word.w : before + word.w, start_us: word.s_us, end_us: word.e_us })
    from = found + word.w.length
  }
  const rest = line.text.slice(from)
  if (!pieces.length) return [{ text: line.text, start_us: line.start_us, end_us: line.end_us }]
  pieces.at(-1)!.text += rest
  return pieces
}
