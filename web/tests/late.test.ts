import { describe, expect, it } from 'vitest'
import type { SessionDetail, Upload } from '@/api/types'
import { axisOf, isLate, lateOf, lengthOf, stripsOfSessions } from '@/pages/audit/strips'
import { bytesWords, readUpload } from '@/pages/handover/uploads'

const S = 1_000_000
const T0 = 1_790_000_000 * S

function upload(more: Partial<Upload>): Upload {
  return {
    id: 'up-1', source: 'cam', room: 'site', session: '', kind: 'file', filename: 'a.mp4', length: 1000,
    offset: 250, state: 'receiving', code: '', progress: 0, start_us: null, sha256: '', by_name: '',
    created_us: T0, expires_us: null, result: {}, ...more,
  }
}

const late = (source: string, from: number, to: number) => ({
  file: `f-${source}`, source, name: 'a.mp4', kind: 'file', by_name: 'B', sha256: '', size: 1,
  placed_by: 'pictures', start_us: T0, end_us: T0 + 20 * S, received_us: T0, late_us: (to - from) * S,
  spans: [{ start_us: T0 + from * S, end_us: T0 + to * S }],
})

const session = {
  summary: { id: 's', person_name: 'P' },
  recordings: [
    {
      source: 'cam', name: 'Cam', start_us: T0, end_us: T0 + 20 * S, recorded_us: 16 * S, gap_us: 4 * S,
      gaps: [{ start_us: T0 + 5 * S, end_us: T0 + 9 * S, cause: 'network' }], segments: 1, bytes: 1, state: 'closed',
    },
  ],
  log: { origin: '', size: 0 },
  views: [],
  late: [late('cam', 5, 9), late('body', 2, 4)],
} as unknown as SessionDetail

describe('late media on the strips', () => {
  it('lies in the gap, which stays a gap', () => {
    const strip = stripsOfSessions([session]).find((one) => one.source === 'cam')!
    expect(lengthOf(strip, 'gap')).toBe(4 * S)
    expect(lateOf(strip)).toBe(4 * S)
    expect(isLate(strip, T0 + 6 * S)).toBe(true)
    expect(isLate(strip, T0 + 9 * S)).toBe(false)
  })

  it('is within the common time, also before the first live second', () => {
    const early = { ...session, late: [late('cam', -3, 0)] } as SessionDetail
    expect(axisOf(stripsOfSessions([early]))!.start_us).toBe(T0 - 3 * S)
  })

  it('gives a source that never came live a strip of its own', () => {
    const strip = stripsOfSessions([session]).find((one) => one.source === 'body')!
    expect(strip.spans).toEqual([])
    expect([strip.start_us, strip.end_us]).toEqual([T0 + 2 * S, T0 + 4 * S])
  })
})

describe('what became of a file', () => {
  it('says how much has arrived', () => {
    expect(readUpload(upload({})).progress).toBe(250)
    expect(readUpload(upload({ state: 'examining', progress: 400 })).progress).toBe(400)
  })

  it('tells filed with and without late time apart', () => {
    expect(readUpload(upload({ state: 'filed', result: { late_us: 1 } })).words).toBe('state.filed')
    expect(readUpload(upload({ state: 'filed' })).words).toBe('state.filedNothing')
  })

  it('always has a reason for a refusal', () => {
    expect(readUpload(upload({ state: 'refused', code: 'not_media' })).why).toBe('code.not_media')
    expect(readUpload(upload({ state: 'refused', code: 'strange' })).why).toBe('code.other')
    expect(readUpload(upload({ state: 'refused' })).why).toBe('code.other')
  })

  it('writes sizes', () => {
    expect([0, 999, 12_345_678, 4e9].map(bytesWords)).toEqual(['0 B', '999 B', '12.3 MB', '4.0 GB'])
  })
})
