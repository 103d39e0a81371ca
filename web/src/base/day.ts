/**
 * Days of the calendar as text, YYYY-MM-DD, the same in every browser: the browser's own field writes
 * them as its maker speaks. Reckoned in UTC, so that no change of the clock takes or adds a day.
 */

const FIRST_YEAR = 1900
const LAST_YEAR = 2199
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const NUMBERS = /^(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?$/
const DIGITS = /^(\d{4})(\d{2})(\d{2})$/
/** As English pages write it: 18 Mar 2026. */
const ENGLISH = /^(\d{1,2}) ([a-z]{3,9})\.?,? (\d{4})$/

const two = (n: number): string => String(n).padStart(2, '0')

/** A day there is; null: there is none, or not in the years a date is typed in. */
export function dayOf(year: number, month: number, day: number): string | null {
  const at = new Date(Date.UTC(year, month - 1, day))
  const meant = at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  return meant && year >= FIRST_YEAR && year <= LAST_YEAR ? `${year}-${two(month)}-${two(day)}` : null
}

/** What was typed as a day; empty text is no day (''), null cannot be read. 03/04/2026 is two days, so it is none. */
export function readDay(text: string): string | null {
  const typed = text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
  if (!typed) return ''
  const parts = (NUMBERS.exec(typed) ?? DIGITS.exec(typed))?.slice(1).map(Number)
  if (parts) return dayOf(parts[0]!, parts[1]!, parts[2]!)
  const [, day, name, year] = ENGLISH.exec(typed) ?? []
  const month = MONTHS.findIndex((one) => name?.startsWith(one))
  return month < 0 ? null : dayOf(Number(year), month + 1, Number(day))
}

const parts = (day: string): [number, number, number] => day.split('-').map(Number) as [number, number, number]

/** So many days on; stays where the calendar ends. */
export function daysOn(day: string, days: number): string {
  const [year, month, date] = parts(day)
  const at = new Date(Date.UTC(year, month - 1, date + days))
  return dayOf(at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()) ?? day
}

/** The same day so many months on, or the last one of a month that is shorter. */
export function monthsOn(day: string, months: number): string {
  const [year, month, date] = parts(day)
  const first = new Date(Date.UTC(year, month - 1 + months, 1))
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return dayOf(first.getUTCFullYear(), first.getUTCMonth() + 1, Math.min(date, last)) ?? day
}

/** Monday 0 to Sunday 6. */
export function weekdayOf(day: string): number {
  const [year, month, date] = parts(day)
  return (new Date(Date.UTC(year, month - 1, date)).getUTCDay() + 6) % 7
}

/** The weeks of a day's month from Monday on; null where a week reaches into another month. */
export function weeksOf(day: string): (string | null)[][] {
  const [year, month] = parts(day)
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const before = weekdayOf(`${year}-${two(month)}-01`)
  return Array.from({ length: Math.ceil((before + count) / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_, column) => {
      const date = week * 7 + column - before + 1
      return date >= 1 && date <= count ? `${year}-${two(month)}-${two(date)}` : null
    }),
  )
}
