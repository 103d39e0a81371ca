import { describe, expect, it } from 'vitest'
import type { Report, SessionDetail } from '@/api/types'
import { clockTime } from '@/base/time'
import { axisOf, lengthOf, stateAt, stripsOfReport, stripsOfSessions } from '@/pages/audit/strips'
import { findingText, sentenceOf } from '@/pages/audit/verdict'
import { vouchedAt, vouchedOf, vouchedStretches, vouchingOf, witnessesOf } from '@/pages/audit/vouchers'
import type { Wording } from '@/pages/audit/verdict'

const S = 1_000_000
const T0 = 1_790_000_000 * S

const words: Wording = {
  t: (key, named) => `${key.replace('audit.verdict.', '')}${named ? JSON.stringify(named) : ''}|`,
  span: (us) => `${us / S}s`,
  list: (parts) => parts.join('+'),
  sourceName: (_, source) => `<${source}>`,
}

const word = (by: string, until: number) => ({ by, not_before_us: null, not_after_us: until })

describe('who vouches', () => {
  it('tells until when all is in the log, witnessed and stamped', () => {
    const spans = [
      { start_us: T0, end_us: T0 + 30 * S, cosigned: [word('w', T0)], stamped: [word('t', T0)] },
      { start_us: T0 + 30 * S, end_us: T0 + 60 * S, cosigned: [word('w', T0)], stamped: [] },
      { start_us: T0 + 60 * S, end_us: T0 + 70 * S, cosigned: [], stamped: [] },
    ]
    const made = report('not_yet_witnessed', { seconds: [{ session: 's', spans }] })
    expect(vouchedOf(made)).toEqual({ protected: T0 + 70 * S, cosigned: T0 + 60 * S, stamped: T0 + 30 * S })
    const said = sentenceOf(made, words)
    expect(said.tone).toBe('unknown')
    expect(said.lead).toContain('notWitnessedLead')
    expect(said.facts).toContain(`cosignedBy${JSON.stringify({ n: 1, time: clockTime(T0 + 60 * S) })}`)
    expect(sentenceOf(report('complete'), words).facts).not.toContain('Until')
  })

  it('counts witnesses until when all of them have seen it, and says of each and of every second', () => {
    const spans = [
      { start_us: T0, end_us: T0 + 30 * S, cosigned: [word('centre', T0), word('outside', T0)], stamped: [{ ...word('tsa', T0 + 90 * S), serial: '1A' }] },
      { start_us: T0 + 30 * S, end_us: T0 + 60 * S, cosigned: [word('centre', T0)], stamped: [] },
      { start_us: T0 + 60 * S, end_us: T0 + 70 * S, cosigned: [], stamped: [] },
    ]
    const voucher = (by: string, last_us: number, heads = 1) => ({ by, heads, size: 5, last_us, signed: true })
    const log = { origin: 'a', quorum: 'q', witnessed: 5, cosigned: [voucher('outside', T0 + 31 * S), voucher('centre', T0 + 61 * S, 2)], stamped: [{ ...voucher('tsa', T0 + 90 * S), serial: '1A', signed: false }] }
    const second = { origin: 'b', quorum: 'q', witnessed: 9, cosigned: [voucher('centre', T0 + 99 * S, 3)], stamped: [] }
    const made = report('complete', { seconds: [{ session: 's', spans }], protection: [log, second] })
    expect(witnessesOf(made)).toEqual({ n: 2, until_us: T0 + 30 * S })
    expect(vouchingOf(made).map((one) => [one.kind, one.by, one.heads, one.last_us, one.until_us, one.signed])).toEqual([
      ['cosigned', 'centre', 5, T0 + 99 * S, T0 + 60 * S, true],
      ['cosigned', 'outside', 1, T0 + 31 * S, T0 + 30 * S, true],
      ['stamped', 'tsa', 1, T0 + 90 * S, T0 + 30 * S, false],
    ])
    expect(vouchedAt(made, 's', T0 + 29 * S)?.stamped[0]?.serial).toBe('1A')
    expect(vouchedAt(made, 's', T0 + 65 * S)?.cosigned).toEqual([])
    expect(vouchedAt(made, 'another', T0)).toBeNull()
    expect(vouchedAt(null, 's', T0)).toBeNull()
    expect(vouchedStretches(made, 's', 'cosigned', T0 + 10 * S, T0 + 100 * S)).toEqual([{ start_us: T0 + 10 * S, end_us: T0 + 60 * S }])
    expect(vouchedStretches(made, 's', 'stamped', T0 + 40 * S, T0 + 100 * S)).toEqual([])
  })
})

function report(verdict: Report['verdict'], more: Partial<Report> = {}): Report {
  return {
    verdict,
    exit_code: 0,
    findings: [],
    totals: { recordings: 1, recorded_us: 96 * S, elapsed_us: 100 * S, gap_us: 4 * S, gaps: 2, pause_us: 0, entries: 1234, segments: 50 },
    per_source: [
      {
        session: 's', source: 'cam', name: 'Cam', start_us: T0, end_us: T0 + 100 * S, open: false,
        spans: [
          { start_us: T0, end_us: T0 + 60 * S, state: 'proved' },
          { start_us: T0 + 60 * S, end_us: T0 + 64 * S, state: 'gap' },
          { start_us: T0 + 64 * S, end_us: T0 + 66 * S, state: verdict === 'missing' ? 'missing' : 'altered' },
          { start_us: T0 + 66 * S, end_us: T0 + 100 * S, state: 'proved' },
        ],
      },
    ],
    log: { origin: 'o', size: 1300, root: '', key_sha256: '', last_t_us: T0 },
    further_logs: [],
    ...more,
  }
}

describe('the verdict in words', () => {
  it('says complete, with the declared gaps', () => {
    const sentence = sentenceOf(report('complete_with_gaps'), words)
    expect(sentence.tone).toBe('good')
    expect(sentence.lead).toContain('completeLead')
    expect(sentence.rest).toContain('completeGaps')
    expect(sentence.rest).toContain('"gapSpan":"4s"')
    expect(sentence.facts).toContain('1,234')
  })

  it('says complete without a word of gaps when there are none', () => {
    const totals = { ...report('complete').totals, gaps: 0, gap_us: 0 }
    expect(sentenceOf(report('complete', { totals }), words).rest).toMatch(/^complete\{/)
  })

  it('names what was altered before what is right', () => {
    const sentence = sentenceOf(report('altered'), words)
    expect(sentence.tone).toBe('bad')
    expect(sentence.lead).toContain('alteredLead{"n":1}')
    expect(sentence.rest.indexOf('<cam>')).toBeLessThan(sentence.rest.indexOf('rest{'))
    expect(sentence.rest).toContain(clockTime(T0 + 64 * S))
    expect(sentence.rest).toContain('rest{"span":"94s"}')
  })

  it('names what is missing', () => {
    expect(sentenceOf(report('missing'), words).lead).toContain('missingLead')
  })

  it('names the record itself when no second is at fault', () => {
    const finding = { code: 'signature_wrong', session: '', source: '', path: '', start_us: null, end_us: null, detail: '' }
    const sentence = sentenceOf(report('altered', { per_source: [], findings: [finding] }), words)
    expect(sentence.rest).toBe('whereLog|stop|')
  })

  it('claims nothing when it cannot read', () => {
    const sentence = sentenceOf(report('unreadable', { log: null }), words)
    expect(sentence.lead).toContain('unreadableLead')
    expect(sentence.facts).toBe('')
  })

  it('words a finding with its place, never with its path', () => {
    const finding = { code: 'altered', session: 's', source: 'cam', path: 'media/s/cam/e001-000032.m4s', start_us: T0, end_us: T0 + 2 * S, detail: 'x' }
    const text = findingText(finding, words)
    expect(text).toContain('audit.finding.altered')
    expect(text).toContain('<cam>')
    expect(text).not.toContain('m4s')
  })
})

describe('strips of time', () => {
  const session = {
    summary: { id: 's', room: 'r', room_name: 'R', kind: 'interview', opened_us: T0, closed_us: null, person_name: '张' },
    recordings: [
      { source: 'cam', name: 'Cam', name_en: '', start_us: T0, end_us: null, recorded_us: 90 * S, gap_us: 10 * S, gaps: [{ start_us: T0 + 20 * S, end_us: T0 + 30 * S, cause: 'network' }], segments: 45, bytes: 1, state: 'recording' },
    ],
    log: { origin: 'o', size: 1 },
    views: [],
  } as SessionDetail

  it('are grey and hatched before a verification, and account for every second', () => {
    const [strip] = stripsOfSessions([session])
    expect(strip?.spans.map((span) => span.state)).toEqual(['unverified', 'gap', 'unverified'])
    expect(strip?.end_us).toBe(T0 + 100 * S)
    expect(strip?.open).toBe(true)
    expect(lengthOf(strip!, 'unverified') + lengthOf(strip!, 'gap')).toBe(100 * S)
  })

  it('take over the report, with the person of the session', () => {
    const [strip] = stripsOfReport(report('altered'), [session])
    expect(strip?.person).toBe('张')
    expect(stateAt(strip!, T0 + 65 * S)).toBe('altered')
    expect(stateAt(strip!, T0 + 60 * S)).toBe('gap')
    expect(stateAt(strip!, T0 + 100 * S)).toBeNull()
  })

  it.each([8, 45, 100, 700, 3600, 10_000, 90_000])('an axis of %i s has a few round ticks', (seconds) => {
    const [strip] = stripsOfSessions([session])
    const axis = axisOf([{ ...strip!, end_us: T0 + seconds * S }])!
    expect(axis.ticks.length).toBeGreaterThan(0)
    expect(axis.ticks.length).toBeLessThanOrEqual(8)
    expect(axis.ticks.every((tick) => tick.at_us >= axis.start_us && tick.at_us <= axis.end_us)).toBe(true)
  })

  it('has no axis without strips', () => {
    expect(axisOf([])).toBeNull()
  })
})
