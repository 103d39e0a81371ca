/** Language and theme: chosen by the person, else Chinese and the theme of the page (dark wall, light desks). */

import { ref, watchEffect } from 'vue'

export type Theme = 'light' | 'dark'
export type ThemeChoice = 'auto' | Theme
export type Locale = 'zh-CN' | 'en'

function stored<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
  const value = localStorage.getItem(key)
  return allowed.includes(value as T) ? (value as T) : fallback
}

/** A link may carry the language: ?lang=en. It is remembered like a choice in the menu. */
function asked(): Locale | null {
  const value = new URLSearchParams(location.search).get('lang')
  return value === 'en' ? 'en' : value === 'zh-CN' || value === 'zh' ? 'zh-CN' : null
}

export const locale = ref<Locale>(asked() ?? stored('duizhi.locale', ['zh-CN', 'en'], 'zh-CN'))
export const themeChoice = ref<ThemeChoice>(
  stored('duizhi.theme', ['auto', 'light', 'dark'], 'auto'),
)
export const pageTheme = ref<Theme>('light')

watchEffect(() => {
  localStorage.setItem('duizhi.locale', locale.value)
  document.documentElement.lang = locale.value
})

watchEffect(() => {
  localStorage.setItem('duizhi.theme', themeChoice.value)
  document.documentElement.dataset.theme =
    themeChoice.value === 'auto' ? pageTheme.value : themeChoice.value
})
