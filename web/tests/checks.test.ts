import { describe, expect, it } from 'vitest'
import { HEARD_DB, SEEN_LUMA, pointOf, pointsOf, unmetOf } from '@/pages/room/checks'
import type { Look, Point } from '@/pages/room/checks'

const OWN: Look = {
  person: true, officers: 2, officersConfirmed: true, noticeAnswered: true,
  fixed: false, fixedDb: null, luma: 90, loudestDb: -30, space: 'ok', disksFailed: 0, against: new Set(),
}
const FIXED: Look = { ...OWN, fixed: true, fixedDb: -30, luma: null, loudestDb: null }
const unmet = (look: Look): Point[] => unmetOf(pointsOf(look))

describe('the check list', () => {
  it('is met by a tablet that sees and hears, and by a room that is recorded and heard', () => {
    expect(unmet(OWN)).toEqual([])
    expect(unmet(FIXED)).toEqual([])
  })

  it('asks for light and sound of the tablet', () => {
    expect(unmet({ ...OWN, luma: SEEN_LUMA })).toEqual(['picture'])
    expect(unmet({ ...OWN, luma: null, loudestDb: null })).toEqual(['picture', 'sound'])
    expect(unmet({ ...OWN, loudestDb: HEARD_DB })).toEqual(['sound'])
  })

  it('believes no fixed microphone that nothing is heard of', () => {
    expect(unmet({ ...FIXED, fixedDb: null })).toEqual(['sound'])
    expect(unmet({ ...FIXED, fixedDb: -80, loudestDb: -10 })).toEqual(['sound'])
  })

  it('is unmet where an alarm of any device of the room says so', () => {
    for (const point of ['picture', 'sound', 'space'] as const) {
      expect(unmet({ ...FIXED, against: new Set([point]) })).toEqual([point])
      expect(unmet({ ...OWN, against: new Set([point]) })).toEqual([point])
    }
  })

  it('asks for space on every disk', () => {
    for (const space of ['low', 'critical', null]) expect(unmet({ ...OWN, space })).toEqual(['space'])
    expect(unmet({ ...OWN, disksFailed: 1 })).toEqual(['space'])
  })
})

describe('which point an alarm speaks against', () => {
  const microphones = new Set(['mic-a'])
  it.each([
    ['picture_covered', 'cam', 'picture'],
    ['source_lost', 'cam', 'picture'],
    ['source_lost', 'mic-a', 'sound'],
    ['microphone_silent', 'cam', 'sound'],
    ['device_lost', 'gas', 'space'],
    ['reading_high', 'gas', null],
    ['sos', 'phone', null],
    ['time_limit', 'cam', null],
  ] as const)('%s of %s: %s', (kind, source, point) => {
    expect(pointOf({ kind, source }, microphones)).toBe(point)
  })
})
