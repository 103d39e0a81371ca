import { describe, expect, it } from 'vitest'
import { chase as chaseTo } from '@/media/chase'
import type { Range } from '@/media/chase'

const chase = (ranges: Range[], at: number) => chaseTo(ranges, at, 0.4)

describe('chase', () => {
  it('rests while nothing is buffered', () => {
    expect(chase([], 0)).toEqual({ seekTo: null, rate: 1 })
  })

  it('goes to the live edge from the beginning', () => {
    expect(chase([{ start: 100, end: 104 }], 0).seekTo).toBeCloseTo(103.6)
  })

  it('plays at normal speed at the target', () => {
    expect(chase([{ start: 0, end: 10 }], 9.6)).toEqual({ seekTo: null, rate: 1 })
  })

  it('runs a little when slightly behind and rests when too close', () => {
    expect(chase([{ start: 0, end: 10 }], 9.5).rate).toBe(1.04)
    expect(chase([{ start: 0, end: 10 }], 9.3).rate).toBe(1.12)
    expect(chase([{ start: 0, end: 10 }], 8.8).rate).toBe(1.25)
    expect(chase([{ start: 0, end: 10 }], 9.75).rate).toBe(0.97)
    expect(chase([{ start: 0, end: 10 }], 9.9).rate).toBe(0.9)
  })

  it('jumps when more than a second and a half behind', () => {
    expect(chase([{ start: 0, end: 10 }], 8.4).seekTo).toBeCloseTo(9.6)
  })

  it('steps over a hole at its edge', () => {
    const ranges = [
      { start: 0, end: 10 },
      { start: 11, end: 11.2 },
    ]
    expect(chase(ranges, 9.95).seekTo).toBeCloseTo(11)
  })

  it('steps out of the middle of a hole into the next range, not past it', () => {
    const ranges = [
      { start: 0, end: 10 },
      { start: 10.6, end: 11 },
      { start: 11.3, end: 11.5 },
    ]
    expect(chase(ranges, 10.3).seekTo).toBe(10.6)
  })

  it('does not seek into the hole before a short last range', () => {
    const ranges = [
      { start: 0, end: 5 },
      { start: 9, end: 9.1 },
    ]
    expect(chase(ranges, 3).seekTo).toBe(9)
  })

  it('comes back when the timeline ended before the play head', () => {
    expect(chase([{ start: 0, end: 10 }], 12).seekTo).toBeCloseTo(9.6)
  })
})
