import { describe, expect, it } from 'vitest'
import { LEAST_S, MOST_S, Reserve } from '@/media/reserve'

describe('reserve', () => {
  it('starts with as little as possible and stays there', () => {
    const reserve = new Reserve(0)
    expect(reserve.target(0)).toBe(LEAST_S)
    expect(reserve.target(100)).toBe(LEAST_S)
  })

  it('grows each time the picture had to wait, up to a limit', () => {
    const reserve = new Reserve(0)
    reserve.ranDry(1)
    const once = reserve.target(1)
    reserve.ranDry(2)
    expect(once).toBeGreaterThan(LEAST_S)
    expect(reserve.target(2)).toBeGreaterThan(once)
    for (let n = 3; n < 30; n += 1) reserve.ranDry(n)
    expect(reserve.target(30)).toBe(MOST_S)
  })

  it('keeps what it needed for a while, then gives it back slowly', () => {
    const reserve = new Reserve(0)
    for (let n = 0; n < 4; n += 1) reserve.ranDry(n)
    const most = reserve.target(3)
    expect(reserve.target(11)).toBe(most)
    const later = reserve.target(21)
    expect(later).toBeLessThan(most)
    expect(most - later).toBeCloseTo(0.08, 2)
    expect(reserve.target(200)).toBe(LEAST_S)
  })
})
