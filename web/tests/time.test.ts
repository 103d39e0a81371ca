import { describe, expect, it } from 'vitest'
import { calendarDate, clockFine, clockMinute, clockTime, duration, spanParts, spanWords, weekday } from '@/base/time'

const at = (h: number, m: number, s: number): number =>
  new Date(2026, 2, 18, h, m, s, 400).getTime() * 1000

const words = (key: string, named: Record<string, unknown>): string =>
  `${named.n as number}${{ 'span.hours': '时', 'span.minutes': '分', 'span.seconds': '秒' }[key] ?? '?'}`

describe('times', () => {
  it('shows the wall clock with two digits each', () => {
    expect(clockTime(at(9, 5, 7))).toBe('09:05:07')
    expect(clockMinute(at(23, 59, 59))).toBe('23:59')
    expect(clockFine(at(9, 5, 7) + 59_999)).toBe('09:05:07.45')
  })

  it('shows the date in the order of the language', () => {
    expect(calendarDate(at(1, 0, 0), 'zh-CN')).toBe('2026-03-18')
    expect(calendarDate(at(1, 0, 0), 'en')).toBe('18 Mar 2026')
    expect(weekday(at(1, 0, 0), 'zh-CN')).toBe('周三')
    expect(weekday(at(1, 0, 0), 'en')).toBe('Wed')
  })

  it('counts durations down to whole seconds, never below zero', () => {
    expect(duration(0)).toBe('0:00:00')
    expect(duration(6_131_999_999)).toBe('1:42:11')
    expect(duration(100 * 3_600_000_000)).toBe('100:00:00')
    expect(duration(-5_000_000)).toBe('0:00:00')
  })

  it('splits a span; one that exists is at least a second', () => {
    expect(spanParts(10_220_000_000)).toEqual({ h: 2, m: 50, s: 20 })
    expect(spanParts(120_000)).toEqual({ h: 0, m: 0, s: 1 })
    expect(spanParts(0)).toEqual({ h: 0, m: 0, s: 0 })
  })

  it('says spans without their empty parts', () => {
    expect(spanWords(10_220_000_000, words)).toBe('2时\u00a050分\u00a020秒')
    expect(spanWords(10_220_000_000, words, true)).toBe('2时\u00a050分')
    expect(spanWords(372_000_000, words)).toBe('6分\u00a012秒')
    expect(spanWords(3_600_000_000, words)).toBe('1时')
    expect(spanWords(0, words)).toBe('0秒')
  })
})
