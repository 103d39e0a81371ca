import { describe, expect, it } from 'vitest'
import { atNight, hourWords, standing } from '@/pages/room/limit'

const MINUTE_US = 60_000_000
const HOUR_US = 60 * MINUTE_US
const rule = { longest_minutes: 120, warn_minutes: 15 }

describe('the rule of how long an interview may last', () => {
  it('shows the time left, warns before, and says when it is over', () => {
    expect(standing(rule, 0)).toEqual({ of: 'agency', tone: 'plain', leftUs: 120 * MINUTE_US, minutes: 120 })
    expect(standing(rule, 105 * MINUTE_US - 1)?.tone).toBe('plain')
    expect(standing(rule, 105 * MINUTE_US)?.tone).toBe('near')
    expect(standing(rule, 120 * MINUTE_US)).toEqual({ of: 'agency', tone: 'over', leftUs: 0, minutes: 120 })
    expect(standing(rule, 125 * MINUTE_US)).toEqual({ of: 'agency', tone: 'over', leftUs: -5 * MINUTE_US, minutes: 120 })
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

  it('counts what the person was questioned before for the hours, not for the rule of one interview', () => {
    const hours = { ...rule, hour_limits: [12], hour_warn_minutes: [60, 15] }
    expect(standing(hours, 10 * MINUTE_US, 5 * HOUR_US)).toMatchObject({ of: 'agency', tone: 'plain', leftUs: 110 * MINUTE_US })
    expect(standing(hours, 30 * MINUTE_US, 10.5 * HOUR_US)).toMatchObject({ of: 'hours', tone: 'near', leftUs: 60 * MINUTE_US })
    expect(standing(hours, 30 * MINUTE_US - 1, 10.5 * HOUR_US)).toMatchObject({ of: 'hours', tone: 'plain' })
    expect(standing(hours, 30 * MINUTE_US, 12 * HOUR_US)).toMatchObject({ of: 'hours', tone: 'over', leftUs: -30 * MINUTE_US })
    // what weighs more is said: the hours that are over before the interview that is nearly as long as it may be
    expect(standing(hours, 110 * MINUTE_US, 12 * HOUR_US)).toMatchObject({ of: 'hours', tone: 'over' })
    expect(standing({ ...hours, hour_warn_minutes: [] }, 30 * MINUTE_US, 11 * HOUR_US)?.tone).toBe('plain')
  })

  it('says nothing without a rule or without an interview', () => {
    expect(standing(null, 0)).toBeNull()
    expect(standing({ longest_minutes: 0, warn_minutes: 15 }, MINUTE_US)).toBeNull()
    expect(standing(rule, null)).toBeNull()
  })
})

describe('the hours of the night', () => {
  const night = { ...rule, night_from_hour: 22, night_until_hour: 6 }
  const china = (time: string): number => Date.parse(`2026-05-12T${time}+08:00`) * 1000

  it.each([
    ['21:59:59', false],
    ['22:00:00', true],
    ['23:59:59', true],
    ['00:00:00', true],
    ['05:59:59', true],
    ['06:00:00', false],
    ['12:00:00', false],
  ])('is told by the clock of China: %s', (time, expected) => {
    expect(atNight(night, china(time))).toBe(expected)
  })

  it('may begin after midnight, and may be left out', () => {
    const late = { ...night, night_from_hour: 0.5, night_until_hour: 5 }
    expect([china('00:29:00'), china('00:30:00'), china('05:00:00')].map((one) => atNight(late, one))).toEqual([false, true, false])
    expect(atNight({ ...night, night_until_hour: 22 }, china('23:00:00'))).toBe(false)
    expect(atNight(rule, china('23:00:00'))).toBe(false)
    expect(atNight(null, china('23:00:00'))).toBe(false)
    expect([22, 0.5, 6].map(hourWords)).toEqual(['22:00', '00:30', '06:00'])
  })
})
