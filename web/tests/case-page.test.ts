import { describe, expect, it } from 'vitest'
import type { ExportMade, Upload } from '@/api/types'
import type { SessionSummary } from '@/desk/protocol'
import { piecesOf } from '@/pages/cases/evidence'
import type { EvidenceHeld, RecordingLine } from '@/pages/cases/evidence'
import type { RecordDocument } from '@/pages/record/types'
import { documentsOf } from '@/pages/cases/documents'
import type { Held } from '@/pages/cases/documents'
import { roleOf } from '@/pages/cases/roles'
import { axisOf, daysOf, lanesOf } from '@/pages/cases/timeline'

const MINUTE = 60_000_000
const at = (day: number, hour: number, minute = 0): number => new Date(2026, 2, day, hour, minute).getTime() * 1000
const session = (id: string, opened_us: number, closed_us: number | null, more: Partial<SessionSummary> = {}): SessionSummary =>
  ({ id, room: 'room1', room_name: '询问室 1', kind: 'interview', opened_us, closed_us, person_name: '张某', ...more }) as SessionSummary
const rooms = { rooms: [{ id: 'room1', name: '询问室 1', name_en: '', kind: 'interview' as const, person: null, officers: [], session: null }] }

describe('the timeline of a case', () => {
  it('knows the days on which something was recorded', () => {
    expect(daysOf([session('b', at(19, 9), null), session('a', at(18, 9), at(18, 10)), session('c', at(18, 23, 59), null)])).toEqual([
      '2026-03-18',
      '2026-03-19',
    ])
  })
  it('has whole steps around what happened, and few of them', () => {
    for (const hours of [0.01, 0.5, 1, 3, 8, 15, 23]) {
      const axis = axisOf([session('a', at(18, 0, 37), at(18, 0, 37) + hours * 60 * MINUTE)], 0)
      expect(axis.from_us).toBeLessThanOrEqual(at(18, 0, 37))
      expect(axis.to_us).toBeGreaterThanOrEqual(at(18, 0, 37) + hours * 60 * MINUTE)
      expect(axis.ticks.length).toBeLessThanOrEqual(9)
      expect(axis.ticks[0]).toEqual({ at_us: axis.from_us, left: 0 })
    }
  })
  it('lays sessions of one person and room on one lane, within the axis', () => {
    const now = at(18, 11)
    const all = [session('a', at(18, 9), at(18, 9, 30)), session('b', at(18, 10), null), session('c', at(18, 9, 10), at(18, 9, 11), { person_name: '李某' })]
    const axis = axisOf(all, now)
    const lanes = lanesOf(all, rooms, axis, now, (room) => room.name)
    expect(lanes.map((one) => [one.person, one.bars.map((bar) => bar.session)])).toEqual([
      ['张某', ['a', 'b']],
      ['李某', ['c']],
    ])
    expect(lanes[0]!.bars[1]!.open).toBe(true)
    for (const bar of lanes.flatMap((one) => one.bars)) {
      expect(bar.left).toBeGreaterThanOrEqual(0)
      expect(bar.width).toBeGreaterThan(0)
      expect(bar.left + bar.width).toBeLessThanOrEqual(1000)
    }
  })
  it('leaves out the words of a short bar that would run into the next one', () => {
    const early = session('a', at(18, 9, 1), at(18, 9, 2))
    const late = session('b', at(18, 9, 3), at(18, 9, 4))
    const alone = session('c', at(18, 9, 1), at(18, 9, 2), { person_name: '李某' })
    const tight = (all: SessionSummary[], until: number): boolean[][] =>
      lanesOf(all, rooms, axisOf(all, until), until, (room) => room.name).map((lane) => lane.bars.map((bar) => bar.tight))
    expect(tight([early, late, alone], at(18, 9, 5))).toEqual([[true, false], [false]])
    // both near the end: the first has its words on its left, none are left for the second
    const long = session('d', at(18, 9, 0), at(18, 9, 1), { person_name: '王某' })
    const ends = [session('e', at(18, 9, 54), at(18, 9, 55)), session('f', at(18, 9, 56), at(18, 9, 57))]
    expect(tight([long, ...ends], at(18, 9, 58))[1]).toEqual([false, true])
    // far enough from one another on the axis
    const apart = [session('g', at(18, 9, 0), at(18, 9, 1)), session('h', at(18, 9, 30), at(18, 9, 31))]
    expect(tight([...apart, long], at(18, 9, 58))[0]).toEqual([false, false])
  })
  it('does not fail on a clock that stands before the opening', () => {
    const all = [session('a', at(18, 9), null)]
    const lanes = lanesOf(all, rooms, axisOf(all, at(18, 8)), at(18, 8), (room) => room.name)
    expect(lanes[0]!.bars[0]!.to_us).toBe(at(18, 9))
  })
})

describe('the documents of a case', () => {
  const t = (key: string, named: Record<string, unknown> = {}): string => `${key} ${Object.values(named).join(' ')}`.trim()
  const nameOf = (one: { name: string; name_en?: string }): string => one.name_en || one.name
  const none: Held = { records: [], notices: [], exports: [], derived: [], uploads: [], exhibits: [] }
  it('are one list, each with its file and its name as text', () => {
    const hostile = '<b>x</b>'
    const found = documentsOf(
      {
        ...none,
        exports: [{ id: 'a/b', created_us: 5, by_name: '林', reason: hostile, disclosure: 'x' } as unknown as ExportMade],
        uploads: [{ id: 'u', filename: hostile, by_name: '吴', state: 'refused', code: 'no_media', created_us: 7, result: {}, offset: 0, length: 0, progress: 0 } as unknown as Upload],
        exhibits: [{ id: 'e', title: '照片', mime: 'image/png', size: 1, added_us: 9, number: 1, kind: 'picture', pages: 1, width: 4, height: 3, sha256: '', ended: false, by: '', former_titles: [], withdrawn_us: null, withdrawn_by: '', withdrawn_reason: '', origin: null }],
      },
      t,
      nameOf,
    )
    expect(found.map((one) => [one.kind, one.tone, one.file])).toEqual([
      ['package', 'is-differ', '/api/exports/a%2Fb/package.zip'],
      ['upload', 'is-act', ''],
      ['exhibit', 'dim', '/api/exhibits/e/file'],
    ])
    expect(found[0]!.name).toContain(hostile)
  })
  it('names a record by who was questioned, else by the room, in the language of the page', () => {
    const record = { id: 'r', state: 'made', version: 2, room_name: '询问室 1', room_name_en: 'Interview room 1', person_name: '张某', person_name_en: 'Zhang Mou' } as RecordDocument
    const named = (one: RecordDocument): string => documentsOf({ ...none, records: [one] }, t, nameOf)[0]!.name
    expect(named(record)).toContain('Zhang Mou')
    expect(named({ ...record, person_name_en: '' })).toContain('张某')
    expect(named({ ...record, person_name: '', person_name_en: '' })).toContain('Interview room 1')
  })
  it('has the signed notices with their copies', () => {
    const notice = { id: 'n', session: 's/1', title: '权利义务告知书', title_en: 'Notice of rights and duties', room_name: '询问室 1', room_name_en: '', person_name: '张某', person_name_en: 'Zhang Mou', by_name: '吴某某', signed_us: 3 }
    const [one] = documentsOf({ ...none, notices: [notice] }, t, nameOf)
    expect([one!.kind, one!.tone, one!.file, one!.t_us]).toEqual(['notice', 'is-ok', '/api/sessions/s%2F1/notice/file?document=n', 3])
    expect(one!.name).toContain('Zhang Mou Notice of rights and duties')
  })
  it('may be none', () => expect(documentsOf(none, t, nameOf)).toEqual([]))
})

describe('the evidence of a case', () => {
  const words = { t: (key: string, named: Record<string, unknown> = {}): string => [key, ...Object.values(named)].join(' ').trim(), nameOf: (one: { name: string; name_en?: string }) => one.name_en || one.name, span: (us: number) => `${us}`, live: (room: string) => room === 'r2' }
  const recording: RecordingLine = { session: 's1', room: 'r1', room_name: '询问室 1', room_name_en: '', person_name: '张某', person_name_en: 'Zhang', source: 'c1', name: '询问室 1 摄像机', name_en: '', kind: 'room_camera', start_us: 5, end_us: 9, recorded_us: 4, gap_us: 0, bytes: 7, state: 'sealed' }
  const none: EvidenceHeld = { recordings: [], uploads: [], exhibits: [], verifications: [] }
  it('says of each recording how it stands, and when it was last verified', () => {
    const recordings = [recording, { ...recording, session: 's2', room: 'r2', state: 'open' as const }, { ...recording, session: 's3', state: 'open' as const }, { ...recording, session: 's4', state: 'ended' as const }]
    const verified = { job: 'j', target: 's1', state: 'done' as const, progress: 1000, verdict: 'complete', by_name: '', created_us: 1, finished_us: 2 }
    const found = piecesOf({ ...none, recordings, verifications: [{ ...verified, target: 's2', state: 'running' }, verified] }, words)
    expect(found.map((one) => [one.state, one.tone, one.moment_us, one.verified?.verdict ?? ''])).toEqual([
      ['case.evidence.sealed', 'dim', 5, 'complete'],
      ['case.recordingNow', 'is-ok', 5, ''],
      ['case.timeline.openShort', 'is-act', 5, ''],
      ['case.evidence.ended', 'is-differ', null, ''],
    ])
    expect([found[0]!.name, found[0]!.person, found[0]!.bytes]).toEqual(['询问室 1 摄像机', 'Zhang', 7])
    expect(piecesOf({ ...none, recordings: [{ ...recording, name: '侧面' }] }, words)[0]!.name).toBe('case.evidence.one 询问室 1 侧面')
  })
  it('leads from a filed file to its first late second, from others nowhere', () => {
    const upload = { id: 'u', session: 's1', source: 'c1', filename: '', length: 3, offset: 3, progress: 0, state: 'filed', code: '', created_us: 6, result: { late_us: 2, spans: [{ start_us: 8, end_us: 10 }] } } as unknown as Upload
    const [filed, refused] = piecesOf({ ...none, uploads: [upload, { ...upload, id: 'v', state: 'refused' }] }, words)
    expect([filed!.moment_us, filed!.session, filed!.name]).toEqual([8, 's1', 'handover.noName'])
    expect([refused!.moment_us, refused!.session, refused!.tone]).toEqual([null, '', 'is-act'])
  })
})

describe('what somebody is to a case', () => {
  it('shows in the language of the page where the word is known, else as it was written', () => {
    const t = (key: string): string => `<${key}>`
    expect(roleOf('涉案人员', t)).toBe('<case.roles.involved>')
    expect(roleOf(' 证人 ', t)).toBe('<case.roles.witness>')
    expect(roleOf('班组长', t)).toBe('班组长')
    expect(roleOf('', t)).toBe('')
  })
})
