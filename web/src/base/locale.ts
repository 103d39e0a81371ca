/** The language a page is read in, as it is known before anything of the page is there. */

export type Locale = 'zh-CN' | 'en'

export const LOCALES: readonly Locale[] = ['zh-CN', 'en']

export function stored<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
  const value = localStorage.getItem(key)
  return allowed.includes(value as T) ? (value as T) : fallback
}

/** A link may carry the language: ?lang=en. It is remembered like a choice in the menu. */
function asked(): Locale | null {
  const value = new URLSearchParams(location.search).get('lang')
  return value === 'en' ? 'en' : value === 'zh-CN' || value === 'zh' ? 'zh-CN' : null
}

export const localeHere = (): Locale => asked() ?? stored('duizhi.locale', LOCALES, 'zh-CN')
