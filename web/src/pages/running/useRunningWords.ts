/** Names of processes, places and parts as people read them. */

import { useWords } from '@/base/words'
import type { PartState } from './types'

export function useRunningWords() {
  const { t, halfOf } = useWords()

  /** `recorder-2` is the second recorder; with one, it is just the recorder. */
  function nameOfProcess(name: string): string {
    const recorder = /^recorder-(\d+)$/.exec(name)
    if (recorder) return t('running.name.recorderN', { n: recorder[1] })
    const mirror = /^mirror-(\d+)$/.exec(name)
    if (mirror) return t('running.name.mirrorN', { n: mirror[1] })
    return t(`running.name.${name}`)
  }

  /** A process of this installation, or somebody outside of it as the settings call them. */
  function nameOfVoucher(name: string): string {
    return /^(centre|recorder-\d+)$/.test(name) ? nameOfProcess(name) : halfOf(name)
  }

  function partName(one: PartState): string {
    if (one.name === 'witness' || one.name === 'stamp') return t(`running.part.${one.name}`, { name: nameOfVoucher(one.label) })
    if (/^recorder(-\d+)?$/.test(one.name)) return nameOfProcess(one.name)
    return t(`running.part.${one.name}`)
  }

  /** What a part says of itself; codes that have no words of their own are shown as they are. */
  function partWords(one: PartState): string {
    if (one.name === 'transcriber' && one.code === 'behind') {
      const s = Math.round(one.value / 1e6)
      return s > 1 ? t('running.code.behind', { n: s }) : t('running.ok')
    }
    if (one.code === 'restarts') return t('running.code.restarts', { n: one.value }, one.value)
    if (one.code === 'lost' && one.name === 'log') return t('running.code.entriesLost', { n: one.value }, one.value)
    if (one.code === 'readings') return t('running.code.readings', { n: one.value }, one.value)
    const known = ['away', 'disks_failed', 'disk_full', 'space_low', 'space_critical', 'lost', 'usb', 'waiting']
    if (known.includes(one.code)) return t(`running.code.${one.code}`)
    return one.code === 'ok' || !one.code ? t('running.ok') : one.code
  }

  return { nameOfProcess, nameOfVoucher, partName, partWords }
}
