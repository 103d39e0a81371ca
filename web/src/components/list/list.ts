/**
 * What a list shows: its columns, and what is asked of it. Pure; `DataList.vue` draws it.
 *
 * A question (`ListQuery`) has one text form, used in addresses, for saved views and towards the
 * centre: `q`, `sort` (a leading "-" means downwards), `page`, and `f.<column>` for filters.
 */

import { calendarDate } from '@/base/time'

/** A day as the page's language writes it; what is no day stays as it is. */
export function dayWords(day: string, locale: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00`).getTime() : NaN
  return Number.isNaN(at) ? day : calendarDate(at * 1000, locale)
}

export type ColumnType = 'text' | 'number' | 'time' | 'date' | 'duration' | 'choice'
export type CellValue = string | number | null | undefined

export interface Choice {
  value: string
  words: string
}

export interface Column<T> {
  key: string
  title: string
  /** Text when not given. `time` is µs since the epoch, `date` is YYYY-MM-DD, `duration` is µs. */
  type?: ColumnType
  value: (row: T) => CellValue
  /** What is shown and exported instead of the value. */
  words?: (row: T) => string
  /** Not sortable when false. */
  sort?: boolean
  /** A filter of its own in the filter panel; a `choice` needs `choices`. */
  filter?: boolean
  choices?: readonly Choice[]
  /** Left out where the list is narrow. */
  wideOnly?: boolean
  /** Found, filtered, sorted and exported, but drawn within another cell. */
  hidden?: boolean
  /** CSS width, such as "120px". */
  width?: string
}

export interface ListQuery {
  text: string
  filters: Record<string, string>
  sort: string
  downwards: boolean
  page: number
}

export interface ListPage<T> {
  rows: T[]
  total: number
}

export const TEXT_MAX = 100
const RANGE = '..'
const ANY = '|'

export function emptyQuery(sort = '', downwards = false): ListQuery {
  return { text: '', filters: {}, sort, downwards, page: 1 }
}

/** The parts of a question that differ from the list as it opens. */
export function toAddress(query: ListQuery, opening: ListQuery): Record<string, string> {
  const said: Record<string, string> = {}
  if (query.text) said.q = query.text
  if (query.sort !== opening.sort || query.downwards !== opening.downwards) {
    said.sort = (query.downwards ? '-' : '') + query.sort
  }
  if (query.page > 1) said.page = String(query.page)
  for (const [key, value] of Object.entries(query.filters)) if (value) said[`f.${key}`] = value
  return said
}

/** A question from an address; whatever it says of unknown columns is left out. */
export function fromAddress(
  said: Record<string, unknown>,
  columns: readonly { key: string }[],
  opening: ListQuery,
): ListQuery {
  const known = new Set(columns.map((one) => one.key))
  const one = (name: string): string => (typeof said[name] === 'string' ? (said[name] as string) : '')
  const sort = one('sort')
  const key = sort.replace(/^-/, '')
  const filters: Record<string, string> = { ...opening.filters }
  for (const name of Object.keys(said)) {
    if (name.startsWith('f.') && known.has(name.slice(2))) filters[name.slice(2)] = one(name).slice(0, TEXT_MAX)
  }
  const page = Number(one('page'))
  return {
    text: one('q').slice(0, TEXT_MAX),
    filters,
    sort: known.has(key) ? key : opening.sort,
    downwards: known.has(key) ? sort.startsWith('-') : opening.downwards,
    page: Number.isInteger(page) && page > 0 && page < 1e6 ? page : 1,
  }
}

/** What is set in a filter, for the chip that says so. */
export const chosenIn = (value: string): string[] => value.split(ANY).filter(Boolean)
export const joinChosen = (values: readonly string[]): string => values.join(ANY)

export function rangeOf(value: string): [from: string, to: string] {
  const at = value.indexOf(RANGE)
  return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + RANGE.length)]
}
export const joinRange = (from: string, to: string): string => (from || to ? `${from}${RANGE}${to}` : '')

const collator = new Intl.Collator('zh-CN', { numeric: true, sensitivity: 'base' })

/** Empty values stand last, whichever way it is sorted. */
function compare(a: CellValue, b: CellValue, downwards: boolean): number {
  const noA = a === null || a === undefined || a === ''
  const noB = b === null || b === undefined || b === ''
  if (noA || noB) return Number(noA) - Number(noB)
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))
  return downwards ? -order : order
}

/** YYYY-MM-DD of the viewer's zone. */
export function localDay(us: number): string {
  const day = new Date(us / 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** The instant at which a day of the viewer's zone begins, or one so many days later. */
export function dayUs(day: string, later = 0): number {
  const [year, month, date] = day.split('-').map(Number)
  return new Date(year!, month! - 1, date! + later).getTime() * 1000
}

function within(value: string | number, [from, to]: [string, string], numeric: boolean): boolean {
  if (numeric) return (!from || Number(value) >= Number(from)) && (!to || Number(value) <= Number(to))
  return (!from || String(value) >= from) && (!to || String(value) <= to)
}

function passes<T>(row: T, column: Column<T>, wanted: string): boolean {
  const value = column.value(row)
  switch (column.type ?? 'text') {
    case 'choice':
      return chosenIn(wanted).includes(String(value ?? ''))
    case 'date':
      return !!value && within(String(value), rangeOf(wanted), false)
    case 'time':
      return typeof value === 'number' && within(localDay(value), rangeOf(wanted), false)
    case 'number':
    case 'duration':
      return typeof value === 'number' && within(value, rangeOf(wanted), true)
    default:
      return plain(column.words?.(row) ?? String(value ?? '')).includes(plain(wanted))
  }
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase()

/** A choice is found by the words it is shown with. */
function chosenWords<T>(row: T, column: Column<T>): string {
  const value = column.value(row)
  return column.choices?.find((one) => one.value === value)?.words ?? ''
}

/** Every word of the text stands somewhere in the row. */
function speaks<T>(row: T, columns: readonly Column<T>[], text: string): boolean {
  const all = plain(
    columns.map((one) => `${one.value(row) ?? ''} ${one.words?.(row) ?? chosenWords(row, one)}`).join('\n'),
  )
  return plain(text).split(/\s+/).filter(Boolean).every((word) => all.includes(word))
}

/** The rows a question leaves, in its order; all pages. */
export function select<T>(rows: readonly T[], columns: readonly Column<T>[], query: ListQuery): T[] {
  const filters = columns.filter((one) => query.filters[one.key])
  const left = rows.filter(
    (row) =>
      filters.every((column) => passes(row, column, query.filters[column.key]!)) &&
      (!query.text.trim() || speaks(row, columns, query.text)),
  )
  const by = columns.find((one) => one.key === query.sort)
  return by ? left.sort((a, b) => compare(by.value(a), by.value(b), query.downwards)) : left
}

/** One page of a list; a page past the end is the last one. */
export function pageOf<T>(rows: readonly T[], page: number, size: number): { rows: T[]; page: number } {
  const last = Math.max(1, Math.ceil(rows.length / size))
  const here = Math.min(Math.max(1, page), last)
  return { rows: rows.slice((here - 1) * size, here * size), page: here }
}

/** The same question by its content: page apart. */
export function sameQuestion(a: ListQuery, b: ListQuery): boolean {
  const said = (one: ListQuery): string =>
    JSON.stringify([one.text.trim(), one.sort, one.downwards, Object.entries(one.filters).filter(([, v]) => v).sort()])
  return said(a) === said(b)
}
