/** Questions that are picked for prompts, as administrators keep them. */

export interface QuestionVersion {
  version: number
  text_zh: string
  text_en: string
  topic: string
  topic_en: string
  by_name: string
  t_us: number
}

export interface KeptQuestion {
  now: { id: string; version: number; text_zh: string; text_en: string; topic: string; topic_en: string; shipped: boolean }
  withdrawn_us: number | null
  versions: QuestionVersion[]
}

const english = (locale: string): boolean => !locale.startsWith('zh')

export const questionText = (one: KeptQuestion, locale: string): string => (english(locale) && one.now.text_en) || one.now.text_zh
export const topicOf = (one: KeptQuestion, locale: string): string => (english(locale) && one.now.topic_en) || one.now.topic
