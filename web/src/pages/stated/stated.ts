/** What documents of a case state and what instruments stored, as the centre gives it, and in words. */

import { calendarDate, clockTime } from '@/base/time'
import { dayWords } from '@/components/list/list'
import type { Slot } from '@/desk/protocol'

/** `[20, null]` is 20 and more. */
export type Written = string | number | boolean | (string | number | null)[]
export type DocumentKindOfFact = 'exhibit' | 'record' | 'file' | 'named'

/** How a value that was entered is read. */
export interface Understood {
  value: Written
  unit: string
  /** Places and things the case has no name for. */
  unnamed: string[]
}

export interface Fact {
  /** Empty: came with the case file. */
  id: string
  kind: DocumentKindOfFact
  document: string
  name: string
  point: string
  slot: Slot
  value: Written
  unit: string
  quote: string
  page: string
  person: string
  entered: string
  by_name: string
  stated_us: number | null
  withdrawn_us: number | null
  withdrawn_by: string
  reason: string
}

export interface StoredLog {
  device: string
  name: string
  rows: number
  from_us: number
  to_us: number
  ranges: { quantity: string; unit: string; low: number; high: number }[]
  lines: number
  /** Of these, with a quantity that nothing is laid beside. */
  passed: number
  /** Only the least and the most of each minute are kept. */
  thinned: boolean
  file_name: string
  file_sha256: string
  zone: string
  by_name: string
  taken_us: number | null
  withdrawn_us: number | null
  withdrawn_by: string
  reason: string
}

/** A document that something may be written down of. */
export interface Source {
  kind: DocumentKindOfFact
  id: string
  name: string
}

export const SLOTS: Slot[] = ['who_ordered', 'to_whom', 'who_did', 'when', 'where', 'how_many', 'with_what', 'whether']
export const PEOPLE: Slot[] = ['who_ordered', 'to_whom', 'who_did']
/** Limits of the centre. */
export const LIMITS = { quote: 500, name: 80, page: 40, entered: 120, reason: 500 } as const

type Translate = (key: string, named?: Record<string, unknown>) => string
export interface Speaking {
  t: Translate
  te: (key: string) => boolean
  locale: string
  list: (names: string[]) => string
  /** Somebody of the case by the name their file has. */
  person: (name: string) => string
}

/** A value in words of the page. */
export function valueWords(slot: Slot, value: Written, unit: string, say: Speaking): string {
  if (typeof value === 'boolean') return say.t(value ? 'compare.yes' : 'compare.no')
  if (slot === 'when') {
    const [from, to] = (Array.isArray(value) ? value : [value]).map(String)
    if (!to) return timeWords(from!, say.locale)
    const sameDay = from!.slice(0, 10) === to.slice(0, 10)
    return say.t('stated.from', { from: timeWords(from!, say.locale), to: sameDay ? to.slice(11) : timeWords(to, say.locale) })
  }
  if (slot === 'how_many') return numberWords(Array.isArray(value) ? value : [value], unit, say)
  const names = (Array.isArray(value) ? value : [value]).map(String)
  return say.list(PEOPLE.includes(slot) ? names.map(say.person) : names)
}

function timeWords(text: string, locale: string): string {
  const [day, clock] = text.split('T')
  return clock ? `${dayWords(day!, locale)} ${clock}` : dayWords(day!, locale)
}

function numberWords(ends: (string | number | null)[], unit: string, say: Speaking): string {
  const words = say.te(`stated.unit.${unit}`) ? say.t(`stated.unit.${unit}`) : unit
  const [low, high] = ends
  if (high === null) return say.t('stated.atLeast', { low: String(low), unit: words }).replace(/ +/g, ' ')
  if (high !== undefined && high !== low) return say.t('stated.range', { low: String(low), high: String(high), unit: words })
  const between = words && !/^[%\u3400-\u9fff]/.test(words) ? '\u00a0' : ''
  return `${String(low)}${between}${words}`
}

/** From when to when, the day once where it is one; by the zone that the file was read in, as it says there. */
export function rangeWords(log: Pick<StoredLog, 'from_us' | 'to_us' | 'zone'>, locale: string): string {
  const [from, to] = [inZone(log.from_us, log.zone), inZone(log.to_us, log.zone)]
  const [first, last] = [calendarDate(from, locale), calendarDate(to, locale)]
  return first === last ? `${first} ${clockTime(from)}–${clockTime(to)}` : `${first} ${clockTime(from)} – ${last} ${clockTime(to)}`
}

/** An instant that the clock of this machine shows as the clock of a zone (`+08:00`) shows the given one. */
function inZone(us: number, zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  if (!sign) return us
  const east = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return us + (east + new Date(us / 1000).getTimezoneOffset()) * 60_000_000
}

/** The least and the most of a quantity in its unit. */
export function measuredWords(one: StoredLog['ranges'][number]): string {
  const [low, high] = [one.low / 1000, one.high / 1000]
  return `${low === high ? low : `${low}–${high}`}\u00a0${one.unit}`.trim()
}

/** Documents that were named by hand before; each once. */
export function named(facts: readonly Fact[]): Source[] {
  const found = new Map(facts.filter((one) => one.kind === 'named').map((one) => [one.document, one.name]))
  return [...found].map(([id, name]) => ({ kind: 'named', id, name }))
}

/** What a refused file lacks: the key of its words, and what they need. */
export function refusal(extra: Record<string, unknown>, say: Pick<Speaking, 't' | 'te'>): string {
  const why = String(extra.why ?? '')
  if (!say.te(`stored.why.${why}`)) return ''
  const missing = Array.isArray(extra.missing) ? String(extra.missing[0]) : ''
  const named = { said: String(extra.said ?? ''), before: String(extra.before ?? ''), expected: String(extra.expected ?? ''), missing: missing && say.t(`stored.column.${missing}`) }
  const words = say.t(`stored.why.${why}`, named)
  const line = Number(extra.line ?? 0)
  return line > 1 ? say.t('stored.at', { line, words }) : words
}

/** Why an entered value cannot be taken, in words. */
export function misread(extra: Record<string, unknown>, slot: Slot, say: Pick<Speaking, 't' | 'te'>): string {
  const why = String(extra.why ?? '')
  const key = why === 'nothing' ? `stated.why.nothing.${slot}` : `stated.why.${why}`
  return say.te(key) ? say.t(key, { said: String(extra.said ?? ''), most: String(extra.most ?? '') }) : say.t('error.bad_fact')
}
