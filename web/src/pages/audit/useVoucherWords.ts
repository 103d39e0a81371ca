/** What those who vouch are called: processes of this installation in words, others as the settings call them. */

import { useWords } from '@/base/words'

export function useVoucherWords() {
  const { t, halfOf } = useWords()
  const nameOfVoucher = (by: string): string => {
    if (by === 'centre') return t('audit.vouch.centre')
    if (/^stamp(-2)?$/.test(by)) return t('audit.vouch.unnamed') // no entry of the log says who
    const recorder = /^recorder-(\d+)$/.exec(by)
    return recorder ? t('audit.vouch.recorder', { n: recorder[1]! }) : halfOf(by)
  }
  return { nameOfVoucher }
}
