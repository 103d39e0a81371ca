import { describe, expect, it } from 'vitest'
import { dayOf, daysOn, monthsOn, readDay, weekdayOf, weeksOf } from '@/base/day'

describe('a day as it is typed', () => {
  it.each([
    '2026-11-30', '2026/11/30', '2026.11.30', '2026 - 11 - 30', '20261130', '2026年11月30日', '2026 年 11 月 30 日',
    '２０２６-１１-３０', ' 2026-11-30 ', '30 Nov 2026', '30 november 2026', '30 Nov. 2026',
  ])('reads %j', (text) => {
    expect(readDay(text)).toBe('2026-11-30')
  })
  it('takes a month and a day of one digit', () => {
    expect(readDay('2026-3-8')).toBe('2026-03-08')
    expect(readDay('8 Mar 2026')).toBe('2026-03-08')
  })
  it('takes nothing for no day', () => {
    expect([readDay(''), readDay('  ')]).toEqual(['', ''])
  })
  it.each(['03/04/2026', '2026-13-01', '2026-02-30', '2025-02-29', '2026-00-10', '2026-11', '2026', '31 Foo 2026', '1899-12-31', '2200-01-01', '明天', '2026-11-30x', '202611301'])(
    'reads no day in %j',
    (text) => {
      expect(readDay(text)).toBeNull()
    },
  )
})

describe('the calendar', () => {
  it('knows leap years', () => {
    expect(dayOf(2024, 2, 29)).toBe('2024-02-29')
    expect(dayOf(2100, 2, 29)).toBeNull()
  })
  it('goes over the ends of months, years and the change of the clock', () => {
    expect(daysOn('2026-12-31', 1)).toBe('2027-01-01')
    expect(daysOn('2026-03-29', 1)).toBe('2026-03-30')
    expect(daysOn('2026-03-01', -1)).toBe('2026-02-28')
    expect(daysOn('2199-12-31', 1)).toBe('2199-12-31')
  })
  it('keeps within a shorter month', () => {
    expect(monthsOn('2026-01-31', 1)).toBe('2026-02-28')
    expect(monthsOn('2024-02-29', 12)).toBe('2025-02-28')
    expect(monthsOn('2026-11-30', 2)).toBe('2027-01-30')
    expect(monthsOn('1900-01-15', -1)).toBe('1900-01-15')
  })
  it('begins its weeks on Monday and holds each day of the month once', () => {
    expect(weekdayOf('2026-11-30')).toBe(0)
    expect(weekdayOf('2026-11-29')).toBe(6)
    const weeks = weeksOf('2026-11-15')
    expect(weeks).toHaveLength(6)
    expect(weeks[0]).toEqual([null, null, null, null, null, null, '2026-11-01'])
    expect(weeks[5]).toEqual(['2026-11-30', null, null, null, null, null, null])
    expect(weeks.flat().filter(Boolean)).toHaveLength(30)
    expect(weeksOf('2021-02-01')).toHaveLength(4)
  })
})
