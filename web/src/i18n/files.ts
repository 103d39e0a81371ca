/**
 * Which files hold the words of a language, and which those of an area. Nothing but that: the first
 * script of a page asks for them before anything is there that could show them.
 */

import type { Locale } from '@/base/locale'

type File = () => Promise<{ default: object }>
/** The words of an area, by language. */
export type Area = Record<Locale, File>

export const WORDS: Record<Locale, File> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
}

const AREAS: { under: RegExp; words: Area }[] = [
  { under: /^\/admin(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-running'), en: () => import('./en-running') } },
  { under: /^\/(cases|room)(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-seats'), en: () => import('./en-seats') } },
  { under: /^\/invitation(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-invitation'), en: () => import('./en-invitation') } },
  { under: /^\/device(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-phone'), en: () => import('./en-phone') } },
  { under: /^\/cases\/[^/]+\/stated$/, words: { 'zh-CN': () => import('./zh-CN-stated'), en: () => import('./en-stated') } },
  { under: /^\/cases\/[^/]+\/exhibits$/, words: { 'zh-CN': () => import('./zh-CN-presenting'), en: () => import('./en-presenting') } },
  { under: /^\/audit(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-auditing'), en: () => import('./en-auditing') } },
  { under: /^\/(room|cases\/[^/]+\/record)(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-interview'), en: () => import('./en-interview') } },
  { under: /^\/(review|cases\/[^/]+\/differences)(\/|$)/, words: { 'zh-CN': () => import('./zh-CN-reviewing'), en: () => import('./en-reviewing') } },
  // everywhere but on the wall, a tablet in a room, a phone, an exhibit screen and before signing in
  { under: /^\/(?!(wall|room|device|exhibit|login|invitation)(\/|$))/, words: { 'zh-CN': () => import('./zh-CN-desktop'), en: () => import('./en-desktop') } },
  // on a tablet in a room too
  { under: /^\/(?!(wall|device|exhibit|login|invitation)(\/|$))/, words: { 'zh-CN': () => import('./zh-CN-files'), en: () => import('./en-files') } },
]

/** Areas that pages at an address speak besides everybody's words. */
export const areasAt = (path: string): Area[] => AREAS.filter(({ under }) => under.test(path)).map(({ words }) => words)
