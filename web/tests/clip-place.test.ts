import { describe, expect, it } from 'vitest'
import { JUMP_MS, heldAt, placeNow, runs, steer } from '@/pages/exhibits/clip-place'

const running = { playing: true, at_ms: 2_000, since_ms: 10_000 }

describe('the place in a clip that is shown', () => {
  it('runs on from when it was let go, and stands at its end', () => {
    expect(placeNow(running, 11_500, 8_000)).toBe(3_500)
    expect(placeNow(running, 99_000, 8_000)).toBe(8_000)
    expect(placeNow(running, 9_000, 8_000)).toBe(2_000) // word of the future: a clock that was set
    expect(placeNow(heldAt(4_000), 99_000, 8_000)).toBe(4_000)
    expect(placeNow(heldAt(9_000), 0, 8_000)).toBe(8_000)
    expect([runs(running, 11_000, 8_000), runs(running, 16_000, 8_000), runs(heldAt(0), 0, 8_000)]).toEqual([true, false, false])
  })
  it('is reached by running faster or slower, and by a jump from far', () => {
    expect(steer(1_000, 1_020, true)).toEqual({ seek_ms: null, rate: 1 })
    expect(steer(1_000, 1_100, true).rate).toBeGreaterThan(1)
    expect(steer(1_100, 1_000, true).rate).toBeLessThan(1)
    expect(steer(0, JUMP_MS + 1, true)).toEqual({ seek_ms: JUMP_MS + 1, rate: 1 })
    expect(steer(500, 1_000, false)).toEqual({ seek_ms: 1_000, rate: 1 })
    expect(steer(1_000, 1_010, false)).toEqual({ seek_ms: null, rate: 1 })
  })
})
