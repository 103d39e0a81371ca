import { describe, expect, it } from 'vitest'
import en from '@/i18n/en'
import zh from '@/i18n/zh-CN'
import filesEn from '@/i18n/en-files'
import filesZh from '@/i18n/zh-CN-files'
import attendantsEn from '@/i18n/en-attendants'
import attendantsZh from '@/i18n/zh-CN-attendants'
import reviewingEn from '@/i18n/en-reviewing'
import reviewingZh from '@/i18n/zh-CN-reviewing'
import desktopEn from '@/i18n/en-desktop'
import desktopZh from '@/i18n/zh-CN-desktop'
import auditingEn from '@/i18n/en-auditing'
import auditingZh from '@/i18n/zh-CN-auditing'
import interviewEn from '@/i18n/en-interview'
import interviewZh from '@/i18n/zh-CN-interview'
import presentingEn from '@/i18n/en-presenting'
import presentingZh from '@/i18n/zh-CN-presenting'
import phoneEn from '@/i18n/en-phone'
import phoneZh from '@/i18n/zh-CN-phone'
import runningEn from '@/i18n/en-running'
import runningZh from '@/i18n/zh-CN-running'
import seatsEn from '@/i18n/en-seats'
import seatsZh from '@/i18n/zh-CN-seats'
import statedEn from '@/i18n/en-stated'
import statedZh from '@/i18n/zh-CN-stated'
import invitationEn from '@/i18n/en-invitation'
import invitationZh from '@/i18n/zh-CN-invitation'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(prefix + key, value)
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text)
  }
  return all
}

const together = (words: Tree[]): Map<string, string> => new Map(words.flatMap((one) => [...flat(one)]))
const chinese = together([zh, filesZh, attendantsZh, desktopZh, reviewingZh, auditingZh, interviewZh, phoneZh, presentingZh, runningZh, seatsZh, statedZh, invitationZh])
const english = together([en, filesEn, attendantsEn, desktopEn, reviewingEn, auditingEn, interviewEn, phoneEn, presentingEn, runningEn, seatsEn, statedEn, invitationEn])
const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

/** Names of languages are written in their own language everywhere. */
const OWN_LANGUAGE = ['account.locale.zh-CN', 'account.locale.en']
/** Latin that belongs in Chinese text: units, formats and file names. */
const ALLOWED_LATIN = /\{\w+\}|https|rtsp|LEL|SOS|WebVTT|SRT|JSON|CSV|UTC|VOL|ppm|SHA|MB/g

describe('the two languages', () => {
  it('have the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it.each([...chinese.keys()])('%s has the same placeholders in both', (key) => {
    expect(places(english.get(key) ?? '')).toEqual(places(chinese.get(key) ?? ''))
  })

  it('never breaks a line between a number and its unit of time', () => {
    const broken = [...chinese, ...english].filter(([, text]) => /(\}|(?<![\w.:-])\d[\d.,]*) (ms|min|s|h|秒|分|小时|毫秒|天)(?![A-Za-z])/.test(text))
    expect(broken).toEqual([])
  })

  it('has no English in the Chinese text', () => {
    const leaks = [...chinese].filter(
      ([key, text]) =>
        !OWN_LANGUAGE.includes(key) && /[A-Za-z]{2,}/.test(text.replace(ALLOWED_LATIN, '')),
    )
    expect(leaks).toEqual([])
  })

  it('has no Chinese in the English text', () => {
    const leaks = [...english].filter(
      ([key, text]) => !OWN_LANGUAGE.includes(key) && /[\u4e00-\u9fff]/.test(text),
    )
    expect(leaks).toEqual([])
  })
})
