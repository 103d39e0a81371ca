/** Text that is kept on one line: line breaks, tabs and other control characters become nothing in Chinese, a space in English. Pure. */

const BREAKS = /\s*[\u0000-\u001f\u007f\u2028\u2029]+\s*/g

export const chineseLine = (words: string): string => words.replace(BREAKS, '').trim()
export const englishLine = (words: string): string => words.replace(BREAKS, ' ').trim()
