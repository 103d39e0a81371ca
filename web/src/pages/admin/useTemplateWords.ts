/** How versions of a template of points, and places in them, are called. */
import { calendarDate, clockMinute } from '@/base/time'
import { useWords } from '@/base/words'
import { LIMITS, placesOf } from './point-templates'
import type { KeptTemplate, PointHint, TemplateUse, TemplateVersion, Unfinished } from './point-templates'

export function useTemplateWords() {
  const { t, locale, list } = useWords()
  const chinese = (): boolean => locale.value.startsWith('zh')
  const when = (t_us: number): string => `${calendarDate(t_us, locale.value)} ${clockMinute(t_us)}`
  const place = (point: number, field: PointHint['field']): string => t('pointTemplates.place', { n: point, field: t(`pointTemplates.short.${field}`) })

  const titled = (one: TemplateVersion): string => (one.shipped ? t('pointTemplates.shipped', { version: one.version }) : t('notices.own', { n: one.number }))

  function missing(one: Unfinished): string {
    if (one.why === 'full') return t('pointTemplates.full', { n: LIMITS.points })
    if (one.why === 'longName') return t('pointTemplates.unfinished.longName', { max: LIMITS.name, en: LIMITS.nameEn })
    const field = one.field ? t(`pointTemplates.field.${one.field}`) : ''
    if (one.why === 'many') return t('pointTemplates.unfinished.many', { n: one.point, field, max: LIMITS.words, each: LIMITS.word })
    const max = one.field === 'event' || one.field === 'topic' ? LIMITS.event : LIMITS.text
    return t(`pointTemplates.unfinished.${one.why}`, { n: one.point, as: one.as ?? 0, field, max })
  }

  return {
    titled,
    when,
    since: (use: { by_name: string; t_us: number }): string => t('notices.since', { name: use.by_name, time: when(use.t_us) }),
    slots: (slots: readonly string[]): string => list(slots.map((one) => t(`pointTemplates.slot.${one}`))),
    /** What was pointed out when a version was put to use; empty: nothing. */
    kept: (use: TemplateUse): string =>
      use.wording.length ? t('notices.kept', { what: list(placesOf(use.wording).map((one) => place(one.point, one.field))) }) : '',
    /** What somebody else did to a kind while one was writing. */
    theirs: (one: KeptTemplate): string =>
      one.withdrawn_us === null
        ? t('pointTemplates.theirs', { name: one.in_use.uses[0]?.by_name ?? '', version: titled(one.in_use) })
        : t('pointTemplates.theirsGone', { name: one.withdrawn_by }),
    place,
    rather: (one: PointHint): string => t('questions.rather', { text: (!chinese() && one.hint.neutral_en) || one.hint.neutral }),
    missing,
  }
}
