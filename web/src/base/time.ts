/**
 * Times as people read them. Everything the server sends is microseconds; everything shown is a
 * wall-clock time of the viewer's time zone (HH:MM:SS) or a duration (h:mm:ss).
 */

export const SECOND_US = 1_000_000

const two = (n: number): string => String(n).padStart(2, '0')

/** 10:21:05 */
export function clockTime(us: number): string {
  const at = new Date(us / 1000)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** 10:21:05.40 */
export function clockFine(us: number): string {
  return `${clockTime(us)}.${two(Math.floor((us % SECOND_US) / 10_000))}`
}

/** 10:21 */
export function clockMinute(us: number): string {
  return clockTime(us).slice(0, 5)
}

/** 2026-03-18 in Chinese, 18 Mar 2026 in English; without a time. */
export function calendarDate(us: number, locale: string): string {
  const at = new Date(us / 1000)
  if (locale.startsWith('zh')) {
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  }
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** 周三 or Wed */
export function weekday(us: number, locale: string): string {
  const name = new Intl.DateTimeFormat(locale.startsWith('zh') ? 'zh-CN' : 'en-GB', {
    weekday: 'short',
  })
  return name.format(new Date(us / 1000))
}

/** 1:42:11; never negative, never a fraction. */
export function duration(us: number): string {
  const s = Math.max(0, Math.floor(us / SECOND_US))
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}

/** A span split for a sentence; seconds are rounded, and an existing span is at least one second. */
export function spanParts(us: number): { h: number; m: number; s: number } {
  const s = us > 0 ? Math.max(1, Math.round(us / SECOND_US)) : 0
  return { h: Math.floor(s / 3600), m: Math.floor(s / 60) % 60, s: s % 60 }
}

type Translate = (key: string, named: Record<string, unknown>) => string

/**
 * "2 小时 50 分 20 秒"; drops the parts that are zero and, above an hour, the seconds if asked. A line
 * never breaks inside: the spaces here and in the words of the units are no-break spaces.
 */
export function spanWords(us: number, t: Translate, coarse = false): string {
  const { h, m, s } = spanParts(us)
  const words: string[] = []
  if (h) words.push(t('span.hours', { n: h }))
  if (m) words.push(t('span.minutes', { n: m }))
  if ((s && !(coarse && h)) || !words.length) words.push(t('span.seconds', { n: s }))
  return words.join('\u00a0')
}
