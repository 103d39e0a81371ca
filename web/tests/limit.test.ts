import { describe, expect, it } from 'vitest'
import { standing } from '@/pages/room/limit'

const MINUTE_US = 60_000_000
const rule = { longest_minutes: 120, warn_minutes: 15 }

describe('the rule of how long an interview may last', () => {
  it('shows the time left, warns before, and says when it is over', () => {
    expect(standing(rule, 0)).toEqual({ tone: 'plain', leftUs: 120 * MINUTE_US })
    expect(standing(rule, 105 * MINUTE_US - 1)?.tone).toBe('plain')
    expect(standing(rule, 105 * MINUTE_US)?.tone).toBe('near')
    expect(standing(rule, 120 * MINUTE_US)).toEqual({ tone: 'over', leftUs: 0 })
    expect(standing(rule, 125 * MINUTE_US)).toEqual({ tone: 'over', leftUs: -5 * MINUTE_US })
  })

  it('says nothing without a rule or without an interview', () => {
    expect(standing(null, 0)).toBeNull()
    expect(standing({ longest_minutes: 0, warn_minutes: 15 }, MINUTE_US)).toBeNull()
    expect(standing(rule, null)).toBeNull()
  })
})
