/** Notices of rights and duties, as administrators keep them. */

export const LIMITS = { title: 60, lines: 40, zh: 300, en: 800, law: 200 } as const

export interface NoticeLine { zh: string; en: string; law: string; law_en: string }

/** What a notice seems to leave out, or to say in the wrong place. */
export interface Doubts { missing: string[]; missing_en: string[]; articles: number[] }

export interface NoticeVersion {
  name: string
  number: number
  shipped: boolean
  title: string
  title_en: string
  lines: NoticeLine[]
  by_name: string
  t_us: number
  uses: { by_name: string; t_us: number; left_out: string[] }[]
  doubts: Doubts
}

export interface KeptNotice {
  kind: 'interview' | 'inspection'
  in_use: string
  versions: NoticeVersion[]
}

export interface NoticeText { title: string; title_en: string; lines: NoticeLine[] }

const FIELDS = ['zh', 'en', 'law', 'law_en'] as const

export const emptyLine = (): NoticeLine => ({ zh: '', en: '', law: '', law_en: '' })

/** A copy to be changed. */
export const textOf = (one: NoticeVersion): NoticeText => ({ title: one.title, title_en: one.title_en, lines: one.lines.map((line) => ({ ...line })) })

/** As it is kept: without spaces around, each paragraph on one line. */
export function trimmed(text: NoticeText): NoticeText {
  const clean = (words: string): string => words.replace(/\s*\n\s*/g, ' ').trim()
  const line = (one: NoticeLine): NoticeLine => ({ zh: one.zh.replace(/\s*\n\s*/g, '').trim(), en: clean(one.en), law: clean(one.law), law_en: clean(one.law_en) })
  return { title: clean(text.title), title_en: clean(text.title_en), lines: text.lines.map(line) }
}

export function same(one: NoticeText, other: NoticeText): boolean {
  if (one.title !== other.title || one.title_en !== other.title_en || one.lines.length !== other.lines.length) return false
  return one.lines.every((line, i) => FIELDS.every((field) => line[field] === other.lines[i]![field]))
}

/** What is not finished: a paragraph, from 1, and why; paragraph 0 is the title. Null: it can be kept. */
export function unfinished(text: NoticeText): { paragraph: number; why: 'title' | 'none' | 'words' | 'article' } | null {
  if (!text.title || !text.title_en) return { paragraph: 0, why: 'title' }
  if (!text.lines.length) return { paragraph: 0, why: 'none' }
  for (const [i, line] of text.lines.entries()) {
    if (!line.zh || !line.en) return { paragraph: i + 1, why: 'words' }
    if (!line.law !== !line.law_en) return { paragraph: i + 1, why: 'article' }
  }
  return null
}

/** One paragraph, or point, a place up or down; at the ends nothing moves. */
export function moved<T>(lines: readonly T[], from: number, by: -1 | 1): T[] {
  const to = from + by
  const next = [...lines]
  if (to < 0 || to >= lines.length) return next
  ;[next[from], next[to]] = [next[to]!, next[from]!]
  return next
}

/** The doubts in the form in which a use keeps them: a part, a part with .en, article.LINE. */
export const doubtsOf = (doubts: Doubts): string[] =>
  once([...doubts.missing, ...doubts.missing_en.map((one) => `${one}.en`), ...doubts.articles.map((one) => `article.${one}`)])

/** What is told in neither language is said once. */
export const once = (codes: readonly string[]): string[] => codes.filter((one) => !one.endsWith('.en') || !codes.includes(one.slice(0, -3)))
