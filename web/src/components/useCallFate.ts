/** What became of a device's call to the centre, in words. */

import { clockTime } from '@/base/time'
import { useWords } from '@/base/words'
import type { VoiceLine } from '@/desk/protocol'

/** Nobody at the centre had anything to do with its end. */
export function missed(one?: VoiceLine): boolean {
  return one?.state === 'ended' && one.opened_us === undefined && one.why !== 'declined'
}

export function useCallFate() {
  const { t, wordOr } = useWords()

  function fate(one: VoiceLine): string {
    if (one.opened_us !== undefined) return t('voice.in.takenBy', { name: one.answered_by ?? '', who: one.by_name })
    if (one.why === 'declined') return t('voice.in.declinedBy', { name: one.ended_by ?? '', who: one.by_name })
    return t('voice.in.missed', { time: clockTime(one.called_us), who: one.by_name, why: wordOr(`voice.in.ended.${one.why}`, 'voice.ended.other') })
  }

  return { fate }
}
