/** The sessions of one day as bars on lanes: pure, `TimelinePanel.vue` draws it. Times are µs. */

import type { CaseDetail, SessionSummary } from '@/api/types'
import { localDay } from '@/components/list/list'

export interface Bar {
  session: string
  from_us: number
  to_us: number
  open: boolean
  /** Thousandths of the axis. */
  left: number
  width: number
  /** Its words, which stand beside a short bar, would run into its neighbour's: they are left out. */
  tight: boolean
}

export interface Lane {
  key: string
  person: string
  room: string
  site: boolean
  bars: Bar[]
}

export interface Axis {
  from_us: number
  to_us: number
  ticks: { at_us: number; left: number }[]
}

const MINUTE = 60_000_000
const STEPS = [5, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE)
const TICKS_MAX = 8
/** A bar is never so short that it cannot be pressed. */
const LEAST = 24
/** So much of the axis a bar's words take; a shorter bar has them on its right, near the end on its left. */
const WORDS = 280
const END = 700

/** Whether a bar's words stand beside it. */
export const isThin = (bar: Pick<Bar, 'width'>): boolean => bar.width < WORDS
/** Whether they stand on its left. */
export const isLast = (bar: Pick<Bar, 'left' | 'width'>): boolean => bar.left + bar.width > END

/** Days on which something was recorded, the first first. */
export function daysOf(sessions: readonly SessionSummary[]): string[] {
  return [...new Set(sessions.map((one) => localDay(one.opened_us)))].sort()
}

/** From the first opening to the last end (or now), out to whole steps of the day's clock. */
export function axisOf(sessions: readonly SessionSummary[], nowUs: number): Axis {
  const first = Math.min(...sessions.map((one) => one.opened_us))
  const last = Math.max(...sessions.map((one) => one.closed_us ?? nowUs), first + 10 * MINUTE)
  const step = STEPS.find((one) => (last - first) / one <= TICKS_MAX - 2) ?? STEPS.at(-1)!
  const midnight = new Date(first / 1000).setHours(0, 0, 0, 0) * 1000
  const from_us = midnight + Math.floor((first - midnight) / step) * step
  const to_us = midnight + Math.ceil((last - midnight + step / 4) / step) * step
  const ticks = []
  for (let at = from_us; at < to_us; at += step) ticks.push({ at_us: at, left: share(at, from_us, to_us) })
  return { from_us, to_us, ticks }
}

const share = (at: number, from: number, to: number): number => Math.round(((at - from) / (to - from)) * 1000)

/** One lane for each person and room, in the order of their first session. */
export function lanesOf(
  sessions: readonly SessionSummary[],
  detail: Pick<CaseDetail, 'rooms'>,
  axis: Axis,
  nowUs: number,
  nameOf: (room: CaseDetail['rooms'][number]) => string,
): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const one of [...sessions].sort((a, b) => a.opened_us - b.opened_us)) {
    const room = detail.rooms.find((each) => each.id === one.room)
    const key = `${one.room} ${one.person_name}`
    const lane = lanes.get(key) ?? {
      key,
      person: one.person_name,
      room: room ? nameOf(room) : one.room_name,
      site: one.kind === 'inspection' || room?.kind === 'site',
      bars: [],
    }
    const to_us = Math.max(one.opened_us, one.closed_us ?? nowUs)
    const left = share(one.opened_us, axis.from_us, axis.to_us)
    const width = Math.max(LEAST, share(to_us, axis.from_us, axis.to_us) - left)
    lane.bars.push({ session: one.id, from_us: one.opened_us, to_us, open: one.closed_us === null, left, width: Math.min(width, 1000 - left), tight: false })
    lanes.set(key, lane)
  }
  return [...lanes.values()].map((lane) => ({ ...lane, bars: spaced(lane.bars) }))
}

/** The bars of a lane, from left to right, with those marked that have no room for their words. */
function spaced(bars: readonly Bar[]): Bar[] {
  const marked: Bar[] = []
  let taken = Infinity // by the bar on the right and its words
  for (const [at, bar] of [...bars.entries()].reverse()) {
    const before = bars[at - 1]
    const onLeft = isThin(bar) && isLast(bar)
    const tight = onLeft ? before !== undefined && before.left + before.width > bar.left - WORDS : isThin(bar) && bar.left + bar.width + WORDS > taken
    taken = onLeft && !tight ? bar.left - WORDS : bar.left
    marked.unshift({ ...bar, tight })
  }
  return marked
}
