/**
 * Language and theme: chosen by the person, else Chinese and the theme of the page (dark wall, light
 * desks). `system` follows the machine, also while it changes.
 */

import { computed, ref, watchEffect } from 'vue'
import { LOCALES, localeHere, stored } from './locale'
import type { Locale } from './locale'

export { LOCALES }
export type { Locale }

export type Theme = 'light' | 'dark'
export type ThemeChoice = 'auto' | 'system' | Theme
export const THEMES: readonly ThemeChoice[] = ['auto', 'light', 'dark', 'system']

export const locale = ref<Locale>(localeHere())
export const themeChoice = ref<ThemeChoice>(
  stored('duizhi.theme', THEMES, 'auto'),
)
export const pageTheme = ref<Theme>('light')

/** A page that speaks to somebody else than who sits at this machine; nobody has chosen its language. */
const apart = ref(false)

/** Lets this tab alone speak a language: the exhibit screen beside the tablet. Null: as chosen again. */
export function speakHere(language: Locale | null): void {
  apart.value = language !== null
  locale.value = language ?? localeHere()
}

/** The language and the theme chosen in another tab hold in this one too. */
window.addEventListener('storage', ({ key, newValue }) => {
  if (apart.value) return
  if (key === 'duizhi.locale' && LOCALES.includes(newValue as Locale)) locale.value = newValue as Locale
  if (key === 'duizhi.theme' && THEMES.includes(newValue as ThemeChoice)) themeChoice.value = newValue as ThemeChoice
})

watchEffect(() => {
  if (!apart.value) localStorage.setItem('duizhi.locale', locale.value)
  document.documentElement.lang = locale.value
})

const systemDark = window.matchMedia?.('(prefers-color-scheme: dark)')
const systemTheme = ref<Theme>(systemDark?.matches ? 'dark' : 'light')
systemDark?.addEventListener('change', (event) => (systemTheme.value = event.matches ? 'dark' : 'light'))

/** The theme that is shown. What draws its own pixels draws them again with it, after the document has it. */
export const theme = computed<Theme>(() => {
  if (themeChoice.value === 'auto') return pageTheme.value
  return themeChoice.value === 'system' ? systemTheme.value : themeChoice.value
})

watchEffect(() => {
  localStorage.setItem('duizhi.theme', themeChoice.value)
  document.documentElement.dataset.theme = theme.value
})
