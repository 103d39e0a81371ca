/** Settings as the centre tells administrators of them, and values as people type them. */

export type ValueKind = 'number' | 'whole' | 'switch' | 'text' | 'numbers' | 'lines'

export interface Change {
  kind: ValueKind
  low: number
  high: number
  most: number
  least: number
  /** What each of several lines is. */
  line: '' | 'place' | 'mirror' | 'witness'
  /** Processes that must start again before another value holds; empty: it holds at once. */
  restarts: string[]
  value: unknown
  /** What holds from the restart on; null: what is in force. */
  pending: string | null
  /** What putting it back gives: what the site's file or the default says. */
  back: string
  by_name: string
  t_us: number | null
}

export interface SettingRow {
  section: string
  key: string
  value: string
  default: string
  origin: 'default' | 'file' | 'command line' | 'page'
  meaning_zh: string
  meaning_en: string
  /** Null: changed in the site's file, and in force from a restart on. */
  change: Change | null
}

export interface SettingList {
  settings: SettingRow[]
  /** Processes that must start again before all of them hold. */
  restarts: string[]
}

/** Units that are signs, the same in every language. */
const SIGNS: Record<string, string> = { ppm: 'ppm', pct: '%', vol: '%VOL', c: '\u00b0C' }

/** The unit a setting's name ends in: a sign, or the name of a word; both empty: none. */
export function unitOf(key: string): { sign: string; word: string } {
  const found = /_(ppm|pct|vol|c|seconds|minutes|hours|days|ms)$/.exec(key)?.[1] ?? ''
  return { sign: SIGNS[found] ?? '', word: found in SIGNS ? '' : found }
}

/** A value as it stands in a field. */
export function typed(change: Change): string {
  const value = change.value
  if (Array.isArray(value)) return value.map(String).join(change.kind === 'lines' ? '\n' : ', ')
  return String(value)
}

/** What was typed, as the centre wants it; what is no number goes as it is and is refused there. */
export function read(change: Change, text: string): unknown {
  const number = (one: string): unknown => (one.trim() !== '' && Number.isFinite(Number(one)) ? Number(one) : one)
  switch (change.kind) {
    case 'number':
    case 'whole':
      return number(text)
    case 'switch':
      return text === 'true'
    case 'numbers':
      return text.split(/[\s,\uff0c\u3001;\uff1b]+/).filter(Boolean).map(number)
    case 'lines':
      return text.split('\n').map((one) => one.trim()).filter(Boolean)
    default:
      return text
  }
}

/** What a setting means, in the language of the page. */
export function meaningOf(one: SettingRow, locale: string): string {
  const text = locale.startsWith('zh') ? one.meaning_zh : one.meaning_en
  return text.replaceAll('`', '').replace(/^./, (first) => first.toUpperCase())
}

/** The first words of what it means: enough to know it by. */
export function shortNameOf(one: SettingRow | undefined, locale: string): string {
  return one ? meaningOf(one, locale).split(/[\uff0c\u3002\uff1b\uff1a;:(\uff08]/)[0]!.trim() : ''
}
