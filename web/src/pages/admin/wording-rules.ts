/** What is pointed out as leading or pressing, as administrators keep it. Pure. */

import { chineseLine, englishLine } from '@/base/one-line'

export const CATEGORIES = ['T', 'I', 'D', 'Z', 'L', 'B', 'P', 'H'] as const
export const LIMITS = { wordsMin: 2, words: 40, neutral: 200 } as const

export interface KeptRule {
  id: string
  category: string
  shipped: boolean
  words: string
  neutral: string
  neutral_en: string
  off_us: number | null
  by_name: string
  t_us: number
}

export interface RuleText { category: string; words: string; neutral: string; neutral_en: string }

export const STANDINGS = ['own', 'shipped', 'off'] as const
export const standingOf = (one: KeptRule): (typeof STANDINGS)[number] => (one.off_us !== null ? 'off' : one.shipped ? 'shipped' : 'own')

/** As it is kept: each text on one line. */
export const textOf = (form: RuleText): RuleText => ({
  category: form.category,
  words: (/\p{Script=Han}/u.test(form.words) ? chineseLine : englishLine)(form.words),
  neutral: chineseLine(form.neutral),
  neutral_en: englishLine(form.neutral_en),
})

/** What is not finished; null: it can be kept. */
export function unfinished(text: RuleText): 'words' | 'neutral' | 'same' | null {
  const words = text.words.trim()
  if (Array.from(words).length < LIMITS.wordsMin || !/\p{L}|\p{N}/u.test(words)) return 'words'
  if (!text.neutral.trim()) return 'neutral'
  const instead = `${text.neutral}\n${text.neutral_en}`.toLowerCase()
  return instead.includes(words.toLowerCase()) ? 'same' : null
}
