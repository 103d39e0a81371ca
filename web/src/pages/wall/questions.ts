/** Kept questions with their variables: {person} and {unit} become what the case says; others stay to be filled in. */

export interface Question {
  id: string
  text_zh: string
  text_en?: string
  topic: string
  topic_en?: string
  version: number
}

const VARIABLE = /[{\uff5b]([^{}\uff5b\uff5d]{1,20})[}\uff5d]/g

const NAMES: Record<string, string | undefined> = { 姓名: 'person', 人员: 'person', 企业: 'enterprise', 单位: 'enterprise', unit: 'enterprise', 时间: 'date', 日期: 'date', 问题: 'point' }

const nameOf = (written: string): string => NAMES[written.trim()] ?? written.trim()

/** The words with every variable that is known; what is not known keeps its braces. */
export function filledIn(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) => (Object.hasOwn(known, nameOf(name)) && known[nameOf(name)]) || whole)
}

/** A variable nobody filled in yet: what it stands for, and where. */
export interface Hole {
  means: string
  from: number
  to: number
}

export function holesIn(text: string): Hole[] {
  return [...text.matchAll(VARIABLE)].map((one) => ({ means: nameOf(one[1]!), from: one.index, to: one.index + one[0].length }))
}

/** Whether something is still to be filled in. */
export const isOpen = (text: string): boolean => holesIn(text).length > 0

/** Every word looked for is in the question, in either language, or in its topic. */
export function matching(questions: readonly Question[], query: string): Question[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return questions.filter((one) => {
    const whole = [one.text_zh, one.text_en, one.topic, one.topic_en].join(' ').toLowerCase()
    return words.every((word) => whole.includes(word))
  })
}
