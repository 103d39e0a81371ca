import { describe, expect, it } from 'vitest'
import { standing } from '@/pages/room/limit'

const MINUTE_US = 60_000_000
const rule = { longest_minutes: 120, warn_minutes: 15 }

describe('the rule of how long an interview may last', () => {
  it('shows the time left, warns before, and says when it is over', () => {
    expect(standing(rule, 0)).toEqual({ tone: 'plain', leftUs: 120 * MINUTE_US, minutes: 120 })
    expect(standing(rule, 105 * MINUTE_US - 1)?.tone).toBe('plain')
    expect(standing(rule, 105 * MINUTE_US)?.tone).toBe('near')
    expect(standing(rule, 120 * MINUTE_US)).toEqual({ tone: 'over', leftUs: 0, minutes: 120 })
    expect(standing(rule, 125 * MINUTE_US)).toEqual({ tone: 'over', leftUs: -5 * MINUTE_US, minutes: 120 })
  })

  it('goes on to the further marks', () => {
    const hours = { ...rule, hour_limits: [24, 12] }
    expect(standing(hours, 60 * MINUTE_US)).toMatchObject({ tone: 'plain', minutes: 120 })
    expect(standing(hours, 300 * MINUTE_US)).toMatchObject({ tone: 'over', minutes: 120 })
    expect(standing(hours, 710 * MINUTE_US)).toMatchObject({ tone: 'near', minutes: 720, leftUs: 10 * MINUTE_US })
    expect(standing(hours, 720 * MINUTE_US)).toMatchObject({ tone: 'over', minutes: 720 })
    expect(standing(hours, 1500 * MINUTE_US)).toMatchObject({ tone: 'over', minutes: 1440 })
    expect(standing({ ...hours, longest_minutes: 0 }, MINUTE_US)).toMatchObject({ tone: 'plain', minutes: 720 })
  })

  it('says nothing without a rule or without an interview', () => {
    expect(standing(null, 0)).toBeNull()
    expect(standing({ longest_minutes: 0, warn_minutes: 15 }, MINUTE_US)).toBeNull()
    expect(standing(rule, null)).toBeNull()
  })
})
