/**
 * What the page of a record has beside reading back and signing: officers sign after the end, corrections are noted.
 * A room does without, so that it loads little. The words stand in both languages: a file more is named by every page.
 */
import { speakArea } from '@/i18n'
import en from '@/i18n/en-later'
import type { Area } from '@/i18n/files'
import zh from '@/i18n/zh-CN-later'

export { default as CorrectionsPart } from './CorrectionsPart.vue'
const WORDS: Area = { 'zh-CN': async () => ({ default: zh }), en: async () => ({ default: en }) }
export const speakLater = (): Promise<void> => speakArea(WORDS)
