/** Words that depend on data: names in the page's language, labels of speakers, errors, alarms. */

import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/client'
import { CommandError } from '@/desk/connection'
import { spanWords } from './time'

export interface TwoNames {
  name: string
  name_en?: string
}

export function useWords() {
  const { t, te, locale } = useI18n()
  const chinese = (): boolean => locale.value.startsWith('zh')

  return {
    t,
    te,
    locale,
    nameOf: (thing: TwoNames): string => (!chinese() && thing.name_en ? thing.name_en : thing.name),
    /** A name of the configuration, which may have its English behind it in full-width brackets. */
    halfOf: (name: string): string => /^(.+)\uFF08(.+)\uFF09$/.exec(name)?.[chinese() ? 1 : 2] ?? name,
    /** Somebody (or a device) whom an entry names, as people and devices of the case are called in this language. */
    calledIn: (people: readonly TwoNames[] | undefined, name: string): string =>
      (!chinese() && people?.find((one) => one.name === name)?.name_en) || name,
    /** The post as the case file has it in this language, else as it was written. */
    postOf: (person: { post: string; post_en?: string }): string => (!chinese() && person.post_en ? person.post_en : person.post),
    pointText: (point: { text: string; en: string }): string =>
      !chinese() && point.en ? point.en.charAt(0).toUpperCase() + point.en.slice(1) : point.text,
    /** A point as a row head: without the "核实" that every one of them begins with. */
    pointShort: (point: { text: string; en: string }): string => {
      if (chinese() || !point.en) return point.text.replace(/^核实/, '')
      const short = point.en.replace(/^verify /i, '')
      return short.charAt(0).toUpperCase() + short.slice(1)
    },
    /** "（渭）应急立〔2026〕014号" reads as "2026-014" in a header. */
    shortNumber: (number: string): string => {
      const parts = /〔(\d{4})〕\s*(\d+)/.exec(number)
      return parts ? `${parts[1]}-${parts[2]}` : number
    },
    initial: (name: string): string => Array.from(name.trim())[0]?.toUpperCase() ?? '',
    span: (us: number, coarse = false): string => spanWords(us, t, coarse),
    list: (names: string[]): string => names.join(chinese() ? '、' : ', '),
    /** The words for whatever was thrown; never the server's text. */
    errorText: (error: unknown): string => {
      const code =
        error instanceof ApiError || error instanceof CommandError ? error.code : 'unexpected'
      if (te(`error.${code}`)) return t(`error.${code}`)
      const status = error instanceof ApiError ? error.status : 0
      if (status === 403) return t('error.forbidden')
      if (status === 404) return t('error.not_found')
      return t('error.unexpected')
    },
    wordOr: (key: string, fallback: string, named: Record<string, unknown> = {}): string =>
      te(key) ? t(key, named) : t(fallback, named),
  }
}
