/** Canonical values of the comparison in words of the page's language. */

import { useWords } from '@/base/words'
import type { Slot } from '@/desk/protocol'
import type { DeskState } from '@/desk/state'
import { plainOf, withOthers } from './plain-value'

export function useValues(state: DeskState) {
  const { t, nameOf, list } = useWords()

  /** People by the names of the case; NONE, NOT and yes/no in words; everything else as it is. */
  function valueText(slot: Slot | '' | undefined, value: string | undefined): string {
    if (!value || value === 'unknown') return ''
    if (slot === 'whether') return value === 'yes' ? t('compare.yes') : value === 'no' ? t('compare.no') : value
    if (value === 'NONE') return t('compare.nobody')
    const plain = plainOf(value)
    if (plain) return t(`compare.plain.${plain.key}`, { n: plain.n })
    const denied = value.startsWith('NOT ')
    const beside = withOthers(value)
    if (beside) {
      const named = valueText(slot, beside.named)
      return beside.n === null ? t('compare.plain.others', { named }) : t('compare.plain.more', { named, n: beside.n }, beside.n)
    }
    const names = value.replace(/^NOT /, '').split(/[、,]\s*/)
    const known = names.map((name) => {
      const person = state.detail?.people.find((one) => one.id === name || one.name === name)
      return person ? nameOf(person) : name
    })
    return denied ? `≠ ${list(known)}` : list(known)
  }

  return { valueText }
}
