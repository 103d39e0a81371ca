/**
 * vue-i18n with one language at a time: a page loads the words of the language it is read in, the
 * other's when it is chosen; words of an area that only its own pages speak come with these pages
 * (`speakOf`). Chinese first. No string of the interface lives elsewhere.
 */

import { createI18n } from 'vue-i18n'
import { watch } from 'vue'
import { locale } from '@/base/preferences'
import type { Locale } from '@/base/preferences'

const WORDS: Record<Locale, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
}

interface Area {
  under: RegExp // addresses of the pages that speak it
  words: Record<Locale, () => Promise<{ default: object }>>
  here: boolean // its words are there, in every language that is
}
const AREAS: Area[] = [
  { under: /^\/admin(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-running'), en: () => import('./en-running') }, here: false },
  // everywhere but on the wall, a phone, an exhibit screen and before signing in
  { under: /^\/(?!(wall|device|exhibit|login|invitation)(\/|$))/, words: { 'zh-CN': () => import('./zh-CN-files'), en: () => import('./en-files') }, here: false },
]

export const i18n = createI18n({
  legacy: false,
  locale: locale.value,
  fallbackLocale: false,
  missingWarn: import.meta.env.DEV,
  messages: {},
})

/** Speaks a language once its words are there; until then, and where they do not come, as before. */
async function speak(next: Locale): Promise<void> {
  if (!i18n.global.availableLocales.includes(next)) {
    const own = AREAS.filter((area) => area.here).map((area) => area.words[next]())
    const [all, ...more] = await Promise.all([WORDS[next](), ...own])
    i18n.global.setLocaleMessage(next, Object.assign({}, all.default, ...more.map((one) => one.default)))
  }
  if (locale.value === next) i18n.global.locale.value = next
}

const wantedAt = (path: string): Area[] => AREAS.filter((area) => !area.here && area.under.test(path))

/** Asks for the words of an area while other things are still on their way. */
export function wordsAhead(path: string): void {
  for (const area of wantedAt(path)) area.words[locale.value]().catch(() => undefined) // `speakOf` says so
}

/** Before a page under an address: the words it speaks besides everybody's. */
export async function speakOf(path: string): Promise<void> {
  const wanted = wantedAt(path)
  if (!wanted.length) return
  const coming = wanted.map((area) => area.words[locale.value]()) // beside the language's own words
  await Promise.all([ready, ...coming])
  for (const area of wanted) {
    for (const language of i18n.global.availableLocales as Locale[]) {
      i18n.global.mergeLocaleMessage(language, (await area.words[language]()).default)
    }
    area.here = true
  }
}

/** The words of the language the page opens in. Rejects where the centre does not give them. */
export const ready: Promise<void> = speak(locale.value)

watch(locale, (next, before) => {
  speak(next).catch(() => {
    if (locale.value === next) locale.value = before
  })
})
