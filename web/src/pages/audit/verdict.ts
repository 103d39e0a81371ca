/** The result of a verification as one sentence that names what is wrong before what is right. */

import type { Finding, Report } from '@/api/types'
import { clockTime } from '@/base/time'
import { vouchedOf, witnessesOf } from './vouchers'

export type Tone = 'good' | 'bad' | 'unknown'

export interface Sentence {
  tone: Tone
  lead: string
  rest: string
  facts: string
}

export interface Wording {
  t(key: string, named?: Record<string, unknown>, plural?: number): string
  span(us: number, coarse?: boolean): string
  list(parts: string[]): string
  sourceName(session: string, source: string): string
}

interface Place {
  name: string
  start_us: number
  length_us: number
}

/** Findings that belong to the verdict: what was altered when it says altered, and so on. */
function placesOf(report: Report, state: 'altered' | 'missing', words: Wording): Place[] {
  return report.per_source.flatMap((source) =>
    source.spans
      .filter((span) => span.state === state)
      .map((span) => ({
        name: words.sourceName(source.session, source.source),
        start_us: span.start_us,
        length_us: span.end_us - span.start_us,
      })),
  )
}

const MOST_NAMED = 2

function badSentence(report: Report, state: 'altered' | 'missing', words: Wording): Sentence {
  const { t, span } = words
  const places = placesOf(report, state, words)
  const named = places
    .slice(0, MOST_NAMED)
    .map((place) =>
      t('audit.verdict.where', {
        name: place.name,
        time: clockTime(place.start_us),
        span: span(place.length_us),
      }),
    )
  const elsewhere = report.findings.filter((one) => one.start_us === null)
  if (!named.length) {
    const first = elsewhere[0] ?? report.findings[0]
    const name = first?.source ? words.sourceName(first.session, first.source) : ''
    named.push(name ? t('audit.verdict.whereAll', { name }) : t('audit.verdict.whereLog'))
  }
  const count = Math.max(places.length || elsewhere.length, 1)
  const bad = places.reduce((sum, place) => sum + place.length_us, 0)
  const sound = Math.max(0, report.totals.recorded_us - bad)
  const more = count > named.length ? t('audit.verdict.more', { n: count }) : ''
  return {
    tone: 'bad',
    lead: t(`audit.verdict.${state}Lead`, { n: count }, count),
    rest:
      words.list(named) +
      more +
      (places.length ? t('audit.verdict.rest', { span: span(sound) }) : t('audit.verdict.stop')),
    facts: factsOf(report, words),
  }
}

function factsOf(report: Report, words: Wording): string {
  const { t, span } = words
  const facts: string[] = []
  if (report.totals.pause_us) facts.push(t('audit.verdict.pauses', { span: span(report.totals.pause_us) }))
  if (report.log) {
    facts.push(
      t('audit.verdict.counts', {
        entries: report.totals.entries.toLocaleString('en'),
        segments: report.totals.segments.toLocaleString('en'),
        time: clockTime(report.log.last_t_us),
      }),
    )
  }
  const vouched = vouchedOf(report)
  const witnesses = witnessesOf(report)
  if (vouched.protected && (vouched.cosigned || vouched.stamped)) facts.push(t('audit.verdict.protectedUntil', { time: clockTime(vouched.protected) }))
  if (witnesses.n) facts.push(t('audit.verdict.cosignedBy', { n: witnesses.n, time: clockTime(witnesses.until_us) }, witnesses.n))
  if (vouched.stamped) facts.push(t('audit.verdict.stampedUntil', { time: clockTime(vouched.stamped) }))
  return facts.join(facts[0]?.endsWith('。') ? '' : ' ') // a full stop in Chinese brings its own space
}

export function sentenceOf(report: Report, words: Wording): Sentence {
  const { t, span } = words
  const { totals } = report
  switch (report.verdict) {
    case 'complete':
    case 'complete_with_gaps':
    case 'not_yet_witnessed': {
      const named = {
        recordings: totals.recordings,
        span: span(totals.recorded_us, true),
        gaps: totals.gaps,
        gapSpan: span(totals.gap_us),
      }
      const key = totals.gaps ? 'completeGaps' : 'complete'
      const waits = report.verdict === 'not_yet_witnessed'
      return {
        tone: waits ? 'unknown' : 'good',
        lead: t(waits ? 'audit.verdict.notWitnessedLead' : 'audit.verdict.completeLead'),
        rest: t(`audit.verdict.${key}`, named, totals.recordings),
        facts: factsOf(report, words),
      }
    }
    case 'altered':
    case 'missing':
      return badSentence(report, report.verdict, words)
    default:
      return {
        tone: 'bad',
        lead: t('audit.verdict.unreadableLead'),
        rest: t('audit.verdict.unreadable'),
        facts: '',
      }
  }
}

/** One finding in words: "询问室 2 全景 10:43:18 起 2 秒 与入库时不同". */
export function findingText(finding: Finding, words: Wording): string {
  const { t, span } = words
  const name = finding.source ? words.sourceName(finding.session, finding.source) : ''
  let where = name ? t('audit.verdict.whereAll', { name }) : t('audit.verdict.whereLog')
  if (name && finding.start_us !== null) {
    where = t('audit.verdict.where', {
      name,
      time: clockTime(finding.start_us),
      span: span((finding.end_us ?? finding.start_us) - finding.start_us),
    })
  }
  return t(`audit.finding.${finding.code}`, { where })
}
