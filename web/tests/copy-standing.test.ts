// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { LEAST_BYTES } from '@/media/part-limit'
import { BYTES_PER_S } from '@/media/part-recorder'
import { Receipts } from '@/pages/room/copy-receipts'
import { copyStanding, leftUs, LITTLE_US } from '@/pages/room/copy-standing'
import type { CopyLook } from '@/pages/room/copy-standing'

const NOTHING = { parts: 0, bytes: 0, sent: 0, refused: 0 }
const REST: CopyLook = { able: true, camera: false, keeping: false, paused: false, problem: null, broken: false, left_bytes: 8e9, owed: NOTHING, trouble: null, receipt: false }
const LIVE: CopyLook = { ...REST, camera: true, keeping: true }
const said = (look: CopyLook) => {
  const found = copyStanding(look)
  return found && [found.tone, found.word]
}

describe('what is said of the copy', () => {
  it('is nothing where this tablet is no camera and owes nothing', () => {
    expect(said(REST)).toBeNull()
    expect(said({ ...REST, able: false, left_bytes: 0 })).toBeNull()
  })

  it('is said before it is too late: no store, full, or little', () => {
    const before = { ...REST, camera: true }
    expect(said(before)).toEqual(['plain', 'ready'])
    expect(said({ ...before, left_bytes: null })).toEqual(['plain', 'ready'])
    expect(said({ ...before, able: false })).toEqual(['differ', 'missing'])
    expect(said({ ...before, left_bytes: LEAST_BYTES - 1 })).toEqual(['differ', 'full'])
    const little = (LITTLE_US / 1e6) * BYTES_PER_S
    expect(said({ ...before, left_bytes: little - BYTES_PER_S })).toEqual(['differ', 'little'])
    expect(said({ ...before, left_bytes: little })).toEqual(['plain', 'ready'])
  })

  it('is amber while only this tablet has it, red when not even that', () => {
    const down = { ...LIVE, broken: true }
    expect(said(down)).toEqual(['differ', 'keeping'])
    expect(said({ ...down, owed: { ...NOTHING, parts: 2 }, trouble: 'unreachable' })).toEqual(['differ', 'keeping'])
    expect(said({ ...down, problem: 'storage_full' })).toEqual(['act', 'full'])
    expect(said({ ...down, problem: 'storage_failed' })).toEqual(['act', 'failed'])
    expect(said({ ...LIVE, problem: 'storage_failed' })).toEqual(['differ', 'failed'])
  })

  it('keeps nothing of a pause, also one that has not reached the centre', () => {
    for (const broken of [false, true]) expect(said({ ...LIVE, keeping: false, paused: true, broken })).toEqual(['plain', 'held'])
  })

  it('tells how handing over goes, also where the session is over', () => {
    const owing = { ...REST, owed: { ...NOTHING, parts: 2 } }
    expect(said(owing)).toEqual(['plain', 'handing'])
    expect(said({ ...owing, trouble: 'unreachable' })).toEqual(['differ', 'waiting'])
    for (const trouble of ['token_unknown', 'forbidden', 'unknown_source']) expect(said({ ...owing, trouble })).toEqual(['differ', 'signIn'])
    for (const trouble of ['disk_full', 'too_many_uploads', 'unexpected']) expect(said({ ...owing, trouble })).toEqual(['differ', 'later'])
    expect(said({ ...owing, owed: { ...owing.owed, refused: 1 } })).toEqual(['act', 'refused'])
    expect(said({ ...REST, receipt: true })).toEqual(['ok', 'receipt'])
    expect(said({ ...LIVE, receipt: true })).toEqual(['ok', 'receipt'])
  })

  it('tells the room as time', () => {
    expect(leftUs(null)).toBeNull()
    expect(leftUs(60.5 * BYTES_PER_S)).toBe(60_000_000)
  })
})

describe('the receipt', () => {
  beforeEach(() => localStorage.clear())
  const filed = (session: string, from: number, to: number) => ({ state: 'filed' as const, session, late_us: to - from, spans: [{ start_us: from, end_us: to }] })

  it('adds up what was filed of a session, and outlives the page', () => {
    const receipts = new Receipts(localStorage)
    receipts.add(filed('s1', 100, 120), 500)
    receipts.add(filed('s1', 90, 100), 600)
    receipts.add(filed('s2', 1, 2), 700)
    expect(new Receipts(localStorage).of('s1')).toEqual({ parts: 2, late_us: 30, from_us: 90, to_us: 120, at_us: 600 })
    expect(receipts.of('s3')).toBeNull()
  })

  it('names no seam beside what was really missing', () => {
    const receipts = new Receipts(localStorage)
    const spans = [{ start_us: 5, end_us: 400_005 }, { start_us: 9_000_000, end_us: 12_000_000 }]
    receipts.add({ state: 'filed', session: 's1', late_us: 3_400_000, spans }, 500)
    expect(receipts.of('s1')).toMatchObject({ late_us: 3_400_000, from_us: 9_000_000, to_us: 12_000_000 })
  })

  it('says nothing of a part of which nothing was missing', () => {
    const receipts = new Receipts(localStorage)
    receipts.add({ state: 'filed', session: 's1', late_us: 0, spans: [] }, 500)
    expect(receipts.of('s1')).toBeNull()
  })

  it('keeps the latest eight sessions, and begins anew when what is stored is none', () => {
    const receipts = new Receipts(localStorage)
    for (let n = 0; n < 10; n += 1) receipts.add(filed(`s${n}`, 1, 2), n)
    expect([receipts.of('s1'), receipts.of('s2')?.at_us]).toEqual([null, 2])
    for (const odd of ['{"half', '[["s1", {"parts": "many"}], null]']) {
      localStorage.setItem('duizhi.room.receipts', odd)
      expect(receipts.of('s1')).toBeNull()
    }
  })
})
