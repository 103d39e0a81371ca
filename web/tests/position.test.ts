import { describe, expect, it } from 'vitest'
import { indexInLog, recorderOf } from '@/base/position'

describe('positions', () => {
  it('are the index in the first recorder’s log', () => {
    expect(indexInLog(4711)).toBe(4711)
  })
  it('lead to the index in any other log', () => {
    expect(indexInLog(2 ** 40 + 5)).toBe(5)
    expect([4711, 2 ** 40 + 5, 8191 * 2 ** 40].map(recorderOf)).toEqual([1, 2, 8192])
    expect(indexInLog(8191 * 2 ** 40 + (2 ** 40 - 1))).toBe(2 ** 40 - 1)
  })
})
