/** Strips of time: one row per recording, before and after a verification. Pure. */

import type { Report, SessionDetail, SpanState, Withheld } from '@/api/types'
import { clockMinute, clockTime } from '@/base/time'

export type StripState = SpanState | 'unverified'

export interface StripSpan {
  start_us: number
  end_us: number
  state: StripState
}

export interface Strip {
  session: string
  source: string
  name: string
  person: string
  start_us: number
  end_us: number
  open: boolean
  spans: StripSpan[]
  /** What pauses withheld, of the whole or of one track, with the reason. */
  withheld: Withheld[]
  /** Handed over afterwards: drawn into the gaps, counted in none of the lengths. */
  late: LateSpan[]
}

export interface LateSpan {
  start_us: number
  end_us: number
}

export interface Second {
  session: string
  source: string
  at_us: number
}

/** What the index says, before anybody has verified it: grey, with its declared gaps. */
export function stripsOfSessions(sessions: SessionDetail[]): Strip[] {
  const live = sessions.flatMap((session) =>
    session.recordings.map((recording) => {
      const withheld = recording.withheld ?? []
      const known = recording.recorded_us + recording.gap_us + (recording.pause_us ?? 0)
      const end = recording.end_us ?? recording.start_us + known
      const spans: StripSpan[] = []
      let from = recording.start_us
      const holes: StripSpan[] = [
        ...recording.gaps.map((gap) => ({ ...gap, state: 'gap' as const })),
        ...withheld.filter((one) => one.track === 'all').map((one) => ({ ...one, state: 'pause' as const })),
      ].sort((a, b) => a.start_us - b.start_us)
      for (const { start_us, end_us, state } of holes) {
        if (start_us > from) spans.push({ start_us: from, end_us: start_us, state: 'unverified' })
        spans.push({ start_us, end_us, state })
        from = end_us
      }
      if (end > from) spans.push({ start_us: from, end_us: end, state: 'unverified' })
      return {
        session: session.summary.id,
        source: recording.source,
        name: recording.name,
        person: session.summary.person_name,
        start_us: recording.start_us,
        end_us: end,
        open: recording.end_us === null,
        spans,
        withheld,
        late: lateIn(sessions, session.summary.id, recording.source),
      }
    }),
  )
  return [...live, ...lateOnly(sessions, live)]
}

export function stripsOfReport(report: Report, sessions: SessionDetail[]): Strip[] {
  const live = report.per_source.map((one) => ({
    ...one,
    late: lateIn(sessions, one.session, one.source),
    person: sessions.find((session) => session.summary.id === one.session)?.summary.person_name ?? '',
    withheld: withheldIn(sessions, one.session, one.source),
  }))
  return [...live, ...lateOnly(sessions, live)]
}

function lateIn(sessions: SessionDetail[], session: string, source: string): LateSpan[] {
  const found = sessions.find((one) => one.summary.id === session)
  return (found?.late ?? []).filter((one) => one.source === source).flatMap((one) => one.spans)
}

/** A source that never came live has a strip of its late parts alone. */
function lateOnly(sessions: SessionDetail[], live: Strip[]): Strip[] {
  return sessions.flatMap((session) => {
    const id = session.summary.id
    const known = new Set(live.filter((one) => one.session === id).map((one) => one.source))
    const sources = new Set((session.late ?? []).map((one) => one.source).filter((one) => !known.has(one)))
    return [...sources].flatMap((source) => {
      const late = lateIn(sessions, id, source)
      if (!late.length) return []
      return [
        {
          session: id,
          source,
          name: '',
          person: session.summary.person_name,
          start_us: Math.min(...late.map((one) => one.start_us)),
          end_us: Math.max(...late.map((one) => one.end_us)),
          open: false,
          spans: [],
          withheld: [],
          late,
        },
      ]
    })
  })
}

export function lateOf(strip: Strip): number {
  return strip.late.reduce((sum, one) => sum + one.end_us - one.start_us, 0)
}

export function isLate(strip: Strip, at_us: number): boolean {
  return strip.late.some((one) => at_us >= one.start_us && at_us < one.end_us)
}

function withheldIn(sessions: SessionDetail[], session: string, source: string): Withheld[] {
  const found = sessions.find((one) => one.summary.id === session)
  return found?.recordings.find((one) => one.source === source)?.withheld ?? []
}

export function stateAt(strip: Strip, at_us: number): StripState | null {
  return strip.spans.find((span) => at_us >= span.start_us && at_us < span.end_us)?.state ?? null
}

export function lengthOf(strip: Strip, state: StripState): number {
  return strip.spans
    .filter((span) => span.state === state)
    .reduce((sum, span) => sum + span.end_us - span.start_us, 0)
}

/** Late parts may stand before a source's first live second, and after its last. */
export function startOf(strip: Strip): number {
  return Math.min(strip.start_us, ...strip.late.map((one) => one.start_us))
}

export function endOf(strip: Strip): number {
  return Math.max(strip.end_us, ...strip.late.map((one) => one.end_us))
}

export interface Axis {
  start_us: number
  end_us: number
  ticks: { at_us: number; label: string }[]
}

const STEPS_S = [5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400]
const MOST_TICKS = 7

/** The common time of the strips with a few round ticks; null when there is nothing. */
export function axisOf(strips: Strip[]): Axis | null {
  if (!strips.length) return null
  const start = Math.min(...strips.map(startOf))
  const end = Math.max(...strips.map(endOf), start + 1_000_000)
  const seconds = (end - start) / 1_000_000
  const step = (STEPS_S.find((one) => seconds / one <= MOST_TICKS) ?? 86400) * 1_000_000
  const ticks: Axis['ticks'] = []
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) {
    ticks.push({ at_us: at, label: step < 60_000_000 ? clockTime(at) : clockMinute(at) })
  }
  return { start_us: start, end_us: end, ticks }
}
