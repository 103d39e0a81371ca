/**
 * vue-i18n with one language at a time: a page loads the words of the language it is read in, the
 * other's when it is chosen; words of an area that only its own pages speak come with these pages
 * (`speakOf`). Chinese first. No string of the interface lives elsewhere.
 */

import { createI18n } from 'vue-i18n'
import { watch } from 'vue'
import { locale } from '@/base/preferences'
import type { Locale } from '@/base/preferences'
import { WORDS, areasAt } from './files'
import type { Area } from './files'

/** Areas whose words are there, in every language that is. */
const here = new Set<Area>()

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
    const all = WORDS[next]()
    const loaded = new Map<Area, object>()
    // a page may bring an area while this waits
    for (let lacking = [...here]; lacking.length; lacking = [...here].filter((area) => !loaded.has(area))) {
      await Promise.all(lacking.map(async (area) => loaded.set(area, (await area[next]()).default)))
    }
    i18n.global.setLocaleMessage(next, { ...(await all).default })
    // an area adds to what everybody's words say of the same thing
    for (const area of here) i18n.global.mergeLocaleMessage(next, loaded.get(area) ?? (await area[next]()).default)
  }
  if (locale.value === next) i18n.global.locale.value = next
}

/** Before a page under an address: the words it speaks besides everybody's. */
export const speakOf = (path: string): Promise<void> => speakAreas(areasAt(path))

/** Before a part that is loaded apart from its page: the words it brings. */
export const speakArea = (area: Area): Promise<void> => speakAreas([area])

async function speakAreas(areas: Area[]): Promise<void> {
  const wanted = areas.filter((area) => !here.has(area))
  if (!wanted.length) return
  const coming = wanted.map((area) => area[locale.value]()) // beside the language's own words
  await Promise.all([ready, ...coming])
  for (const area of wanted) {
    for (const language of i18n.global.availableLocales as Locale[]) {
      i18n.global.mergeLocaleMessage(language, (await area[language]()).default)
    }
    here.add(area)
  }
}

/** The words of the language the page opens in. Rejects where the centre does not give them. */
export const ready: Promise<void> = speak(locale.value)

watch(locale, (next, before) => {
  speak(next).catch(() => {
    if (locale.value === next) locale.value = before
  })
})
