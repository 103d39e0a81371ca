import { describe, expect, it } from 'vitest'
import { BAR, EDGE, GAP, MORE, insetPlace, insetsAsked } from '@/pages/wall/inset-place'

const SIZES = Array.from({ length: 60 }, (_, i) => 200 + i * 25).flatMap((width) => [9 / 16, 0.4, 0.3].map((of) => [width, Math.round(width * of)] as const))
const high = (shown: number, width: number): number => shown * ((width * 9) / 16 + BAR) + Math.max(0, shown - 1) * GAP

describe('further pictures in the corner of a room’s own', () => {
  it('never take more than a seventh of it, nor its middle', () => {
    for (const [width, height] of SIZES) {
      for (const count of [1, 2]) {
        const place = insetPlace(width, height, count)
        const area = place.width * high(place.shown, place.width)
        expect(area / (width * height), `${count} in ${width} x ${height}`).toBeLessThan(1 / 6.5)
        expect(place.width + EDGE, `${count} in ${width} x ${height}`).toBeLessThan(width * 0.32)
      }
    }
  })

  it('are both there on a wide tile, one on a middling one, none but a press on a narrow one', () => {
    expect(insetPlace(1280, 720, 2)).toEqual({ shown: 2, width: 300 })
    expect(insetPlace(640, 360, 2).shown).toBe(2)
    expect(insetPlace(430, 242, 2).shown).toBe(1)
    expect(insetPlace(390, 219, 2)).toEqual({ shown: 0, width: 0 })
    expect(insetPlace(1000, 120, 1).shown).toBe(0) // low is as narrow
    expect(insetPlace(0, 0, 2)).toEqual({ shown: 0, width: 0 })
  })

  it('shrink and give way with the tile, never the other way round', () => {
    let before = insetPlace(2000, 1125, 2)
    for (let width = 2000; width > 100; width -= 20) {
      const now = insetPlace(width, (width * 9) / 16, 2)
      expect(now.shown).toBeLessThanOrEqual(before.shown)
      if (now.shown === before.shown) expect(now.width).toBeLessThanOrEqual(before.width)
      before = now
    }
  })

  it('all fit when somebody asks for them', () => {
    for (const [width, height] of SIZES.filter(([, one]) => one >= 180)) {
      const place = insetsAsked(width, height, 2)
      expect(place.shown).toBe(2)
      expect(place.width).toBeGreaterThanOrEqual(Math.min(96, Math.floor(width * 0.4)))
      expect(2 * place.width + GAP + 2 * EDGE).toBeLessThanOrEqual(width)
      expect(high(1, place.width) + GAP + MORE + 2 * EDGE).toBeLessThanOrEqual(height + 1)
    }
  })
})
