import { describe, expect, it } from 'vitest'
import { keyGoesTo, placeOf, stripView, withinLane } from '@/pages/compare/strip'
import { tickText } from '@/pages/review/clock'

const S = 1_000_000
const T0 = Date.UTC(2026, 2, 18, 2, 0, 0) * 1000
const at = (from: number, to = from) => ({ from_us: T0 + from * S, to_us: T0 + to * S })
const lane = (from: number, to: number | null) => ({ start_us: T0 + from * S, end_us: to === null ? null : T0 + to * S })

describe('the strip of sound beside an answer', () => {
  it('shows twenty seconds on either side of the answer', () => {
    expect(stripView(lane(0, 900), at(100, 105), T0 + 100 * S)).toEqual(at(80, 125))
    expect(stripView(lane(0, null), at(100, 105), T0 + 100 * S)).toEqual(at(80, 125))
  })

  it('never shows what lies outside the recording', () => {
    expect(stripView(lane(90, 110), at(100, 105), T0 + 100 * S)).toEqual(at(90, 110))
    expect(stripView(lane(100, 101), at(100, 105), T0 + 100 * S)).toEqual(at(100, 102)) // never narrower than two seconds
  })

  it('holds the moment that is cued with the answer, where they are near each other', () => {
    expect(stripView(lane(0, 900), at(100, 105), T0 + 40 * S)).toEqual(at(20, 125))
    expect(stripView(lane(0, 900), at(100, 105), T0 + 180 * S)).toEqual(at(80, 200))
    expect(stripView(lane(0, 900), at(700, 705), T0 + 100 * S)).toEqual(at(80, 120)) // far: the moment alone
  })

  it('says where a sentence lies, or on which side', () => {
    const view = at(80, 120)
    expect(placeOf(view, at(100, 110))).toEqual({ left: 500, width: 250 })
    const cut = placeOf(view, at(118, 130)) as { left: number; width: number }
    expect([cut.left, Math.round(cut.width)]).toEqual([950, 50])
    expect(placeOf(view, at(70, 79))).toBe('before')
    expect(placeOf(view, at(121, 125))).toBe('after')
  })

  it('goes by keys: a second, five, the ends, the answer', () => {
    const to = (key: string) => {
      const us = keyGoesTo(key, T0 + 100 * S, at(80, 120), at(103, 106))
      return us === null ? null : (us - T0) / S
    }
    expect(['ArrowLeft', 'ArrowDown', 'ArrowRight', 'ArrowUp'].map(to)).toEqual([99, 99, 101, 101])
    expect(['PageDown', 'PageUp', 'Home', 'End', 'Enter'].map(to)).toEqual([95, 105, 80, 120, 103])
    expect(['j', ' ', 'Tab', 'Escape'].map(to)).toEqual([null, null, null, null])
  })

  it('stays inside the recording', () => {
    expect(withinLane(lane(10, 20), T0)).toBe(T0 + 10 * S)
    expect(withinLane(lane(10, 20), T0 + 30 * S)).toBe(T0 + 20 * S)
    expect(withinLane(lane(10, null), T0 + 30 * S)).toBe(T0 + 30 * S)
    expect(withinLane(lane(10, null), T0 + 30 * S + 0.25)).toBe(T0 + 30 * S) // the centre has whole ones
  })

  it('writes times as exactly as its marks are apart', () => {
    const at_us = new Date(2026, 2, 18, 10, 21, 5).getTime() * 1000
    expect(tickText(at_us, 60 * S)).toBe('10:21')
    expect(tickText(at_us, 5 * S)).toBe('10:21:05')
    expect(tickText(at_us + 300_000, 100_000)).toBe('10:21:05.3')
  })
})
