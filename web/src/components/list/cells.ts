/** What a cell says: on the page, and in a file for a spreadsheet. */

import { calendarDate, clockMinute, clockTime, duration } from '@/base/time'
import { dayWords } from './list'
import type { Column } from './list'

/** As the page shows it. */
export function shownIn<T>(row: T, column: Column<T>, locale: string): string {
  if (column.words) return column.words(row)
  const value = column.value(row)
  if (value === null || value === undefined || value === '') return ''
  if (column.type === 'choice') return column.choices?.find((one) => one.value === value)?.words ?? String(value)
  if (column.type === 'date') return dayWords(String(value), locale)
  if (typeof value !== 'number') return String(value)
  if (column.type === 'time') return `${calendarDate(value, locale)} ${clockMinute(value)}`
  return column.type === 'duration' ? duration(value) : String(value)
}

/** For a spreadsheet: a number as it is, a time that sorts. */
export function exportedIn<T>(row: T, column: Column<T>, locale: string): string | number {
  const value = column.value(row)
  if (column.type === 'number' && typeof value === 'number') return value
  if (column.type === 'time' && typeof value === 'number') return `${calendarDate(value, 'zh')} ${clockTime(value)}`
  return column.type === 'date' ? String(value ?? '') : shownIn(row, column, locale)
}
