/** Templates of points, as administrators keep them. Pure. */

import { chineseLine, englishLine } from '@/base/one-line'

export const LIMITS = { name: 40, nameEn: 80, points: 25, text: 200, event: 20, words: 20, word: 20 } as const

/** What can be compared (config.words has the same on the server). */
export const SLOTS = ['who_ordered', 'to_whom', 'who_did', 'when', 'where', 'how_many', 'with_what', 'whether'] as const
/** What the comparison knows a point by; those of the shipped templates. */
export const TOPICS = [
  'arrange', 'work', 'permit', 'licence', 'training', 'exam', 'drill', 'briefing', 'signature', 'supervise', 'presence', 'ppe', 'guard', 'gas_test',
  'alarm', 'power_off', 'start', 'facility', 'storage', 'trade', 'check', 'hazard', 'knowledge', 'words', 'consequence', 'stop_order',
  'accident', 'casualty', 'rescue', 'scene', 'report', 'report_order', 'records', 'data', 'settlement',
] as const
export const LISTS = ['verbs', 'items', 'spoken'] as const

/** As the centre gives it: what is empty is left out. */
export interface TemplatePoint {
  text: string
  question: string
  slots: string[]
  en?: string
  question_en?: string
  topic?: string
  event?: string
  verbs?: string[]
  items?: string[]
  spoken?: string[]
}

export interface TemplateUse { by_name: string; t_us: number; wording: string[] }

export interface TemplateVersion {
  version: string
  number: number
  shipped: boolean
  name: string
  name_en: string
  points: TemplatePoint[]
  by_name: string
  t_us: number
  uses: TemplateUse[]
}

export interface KeptTemplate {
  id: string
  shipped: boolean
  /** What is offered, or was until the kind was withdrawn; of its uses the last one. */
  in_use: TemplateVersion
  withdrawn_us: number | null
  withdrawn_by: string
}

/** Versions of one kind, the newest first; the shipped one after the oldest. */
export interface TemplateHistory { versions: TemplateVersion[]; more: boolean }

/** Wording that may lead or press, where it stands. */
export interface PointHint {
  code: string
  point: number
  field: 'text' | 'en' | 'question' | 'question_en'
  hint: { cue: string; neutral: string; neutral_en: string }
}

/** A point while it is written; `key` follows it when it moves. */
export interface DraftPoint extends Required<TemplatePoint> { key: number }
export interface Draft { name: string; name_en: string; points: DraftPoint[] }
/** What is sent and kept. */
export interface TemplateText { name: string; name_en: string; points: Required<TemplatePoint>[] }

let keys = 0

export const emptyPoint = (): DraftPoint => ({ key: ++keys, text: '', en: '', question: '', question_en: '', topic: '', event: '', slots: [], verbs: [], items: [], spoken: [] })

/** A copy to be changed; of none: a kind that begins with one empty point. */
export function draftOf(version: TemplateVersion | null): Draft {
  if (!version) return { name: '', name_en: '', points: [emptyPoint()] }
  const points = version.points.map((one) => {
    const copy = { ...emptyPoint(), ...one, slots: [...one.slots] }
    for (const list of LISTS) copy[list] = [...(one[list] ?? [])]
    return copy
  })
  return { name: version.name, name_en: version.name_en, points }
}

/** As it is kept: each text on one line, without spaces around. */
export function textOf(draft: Draft): TemplateText {
  const points = draft.points.map((one) => ({
    text: chineseLine(one.text),
    en: englishLine(one.en),
    question: chineseLine(one.question),
    question_en: englishLine(one.question_en),
    topic: one.topic,
    event: chineseLine(one.event),
    slots: SLOTS.filter((slot) => one.slots.includes(slot)) as string[],
    verbs: one.verbs.map(chineseLine),
    items: one.items.map(chineseLine),
    spoken: one.spoken.map(chineseLine),
  }))
  return { name: chineseLine(draft.name), name_en: englishLine(draft.name_en), points }
}

type Why = 'name' | 'none' | 'full' | 'longName' | 'text' | 'question' | 'slots' | 'twice' | 'long' | 'many'
export type Unfinished = { point: number; why: Why; as?: number; field?: Exclude<keyof TemplatePoint, 'slots'> }

/** As the centre counts: a character outside of the basic plane is one. */
const long = (words: string, max: number): boolean => Array.from(words).length > max
const TEXTS = ['text', 'en', 'question', 'question_en'] as const

/** What of a point is longer than the centre takes; a file of the agency's own may have such. */
function tooLong(one: Required<TemplatePoint>): Pick<Unfinished, 'why' | 'field'> | null {
  const text = TEXTS.find((field) => long(one[field], LIMITS.text)) ?? (['topic', 'event'] as const).find((field) => long(one[field], LIMITS.event))
  if (text) return { why: 'long', field: text }
  const list = LISTS.find((field) => one[field].length > LIMITS.words || one[field].some((word) => long(word, LIMITS.word)))
  return list ? { why: 'many', field: list } : null
}

/** What is not finished: a point, from 1, and why; point 0 is the kind. Null: it can be kept. */
export function unfinished(text: TemplateText): Unfinished | null {
  if (!text.name) return { point: 0, why: 'name' }
  if (long(text.name, LIMITS.name) || long(text.name_en, LIMITS.nameEn)) return { point: 0, why: 'longName' }
  if (!text.points.length) return { point: 0, why: 'none' }
  if (text.points.length > LIMITS.points) return { point: 0, why: 'full' }
  for (const [i, one] of text.points.entries()) {
    const point = i + 1
    if (!one.text) return { point, why: 'text' }
    if (!one.question) return { point, why: 'question' }
    if (!one.slots.length) return { point, why: 'slots' }
    const over = tooLong(one)
    if (over) return { point, ...over }
    const before = text.points.findIndex((other) => other.text === one.text)
    if (before < i) return { point, why: 'twice', as: before + 1 }
  }
  return null
}

/** What whoever looks at a kind now has seen in use; empty: it is withdrawn. The centre refuses what replaces something else. */
export const seenIn = (one: KeptTemplate): string => (one.withdrawn_us === null ? one.in_use.version : '')

/** Whose the words are that are offered now. */
export type Standing = 'shipped' | 'reworded' | 'own' | 'withdrawn'
export const STANDINGS: readonly Standing[] = ['shipped', 'reworded', 'own', 'withdrawn']

export function standingOf(one: KeptTemplate): Standing {
  if (one.withdrawn_us !== null) return 'withdrawn'
  if (!one.shipped) return 'own'
  return one.in_use.shipped ? 'shipped' : 'reworded'
}

/** Places that were pointed out when a version was put to use, each once: "2.question.L" is of point 2. */
export function placesOf(wording: readonly string[]): { point: number; field: PointHint['field'] }[] {
  const found = new Map<string, { point: number; field: PointHint['field'] }>()
  for (const code of wording) {
    const [point, field] = code.split('.') as [string, PointHint['field']]
    found.set(`${point}.${field}`, { point: Number(point), field })
  }
  return [...found.values()]
}
