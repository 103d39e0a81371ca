/** How versions of a notice, and what they leave out, are called. */
import { calendarDate, clockMinute } from '@/base/time'
import { useWords } from '@/base/words'
import type { NoticeVersion } from './notices'

export function useNoticeWords() {
  const { t, locale } = useWords()
  const titled = (one: NoticeVersion): string => t(one.shipped ? 'notices.shipped' : 'notices.own', { n: one.number })
  const when = (t_us: number): string => `${calendarDate(t_us, locale.value)} ${clockMinute(t_us)}`
  const since = (use: { by_name: string; t_us: number }): string => t('notices.since', { name: use.by_name, time: when(use.t_us) })

  /** A part left out, the same in English, or an article among the words. */
  function doubt(code: string): string {
    const [part, more] = code.split('.') as [string, string?]
    if (part === 'article') return t('notices.article', { n: more })
    return t(more === 'en' ? 'notices.missingEn' : 'notices.missing', { part: t(`notices.part.${part}`) })
  }
  return { titled, since, doubt }
}
