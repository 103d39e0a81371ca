/** Words of a list as they are typed or pasted, and which of them it takes; nothing is cut off. */

export interface TermLimits {
  /** Words a list takes. */
  max: number
  /** Characters of a word, as the centre counts: one outside of the basic plane is one. */
  characters: number
}

export const SEPARATOR = '、'
const SEPARATORS = /[,，、;；\t\n\r]+/

export const isSeparator = (key: string): boolean => key.length === 1 && SEPARATORS.test(key)
export const wordsOf = (text: string): string[] => text.split(SEPARATORS).map((one) => one.trim()).filter(Boolean)
export const isTooLong = (word: string, limits: TermLimits): boolean => Array.from(word).length > limits.characters

/** `rest`: what the list does not take, in its order. */
export function fitting(words: readonly string[], limits: TermLimits): { terms: string[]; rest: string[] } {
  const short = words.filter((one) => !isTooLong(one, limits))
  const terms = short.slice(0, limits.max)
  const taken = new Set(terms)
  return { terms, rest: words.filter((one) => !taken.has(one)) }
}
