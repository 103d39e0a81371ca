/** Questions that are picked for prompts, as administrators keep them. */

export interface QuestionVersion {
  version: number
  text_zh: string
  text_en: string
  topic: string
  topic_en: string
  by_name: string
  t_us: number
  /** What was pointed out and kept: "text_zh.L"; of an old entry the text alone. */
  wording: string[]
}

/** Wording that may lead or press, and in which text. */
export interface QuestionHint {
  code: string
  field: 'text_zh' | 'text_en'
  hint: { cue: string; neutral: string; neutral_en: string }
}

export interface KeptQuestion {
  now: { id: string; version: number; text_zh: string; text_en: string; topic: string; topic_en: string; shipped: boolean }
  withdrawn_us: number | null
  versions: QuestionVersion[]
}

/** Texts that were pointed out, each once. */
export const fieldsOf = (wording: readonly string[]): QuestionHint['field'][] => [...new Set(wording.map((code) => code.split('.')[0] as QuestionHint['field']))]

const english = (locale: string): boolean => !locale.startsWith('zh')

export const questionText = (one: KeptQuestion, locale: string): string => (english(locale) && one.now.text_en) || one.now.text_zh
export const topicOf = (one: KeptQuestion, locale: string): string => (english(locale) && one.now.topic_en) || one.now.topic
