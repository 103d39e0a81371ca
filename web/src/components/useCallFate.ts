/** What became of a device's call to the centre, in words. */

import { clockTime } from '@/base/time'
import { useWords } from '@/base/words'
import type { TwoNames } from '@/base/words'
import type { VoiceLine } from '@/desk/protocol'

/** On a screen nobody sits at nobody notices what was missed: it stands there for this long. */
export const MISSED_MS = 60_000

/** Nobody at the centre had anything to do with its end. */
export function missed(one?: VoiceLine): boolean {
  return one?.state === 'ended' && one.opened_us === undefined && one.why !== 'declined'
}

/** `devices`: what those who call are called in both languages. */
export function useCallFate() {
  const { t, wordOr, calledIn } = useWords()

  function fate(one: VoiceLine, devices: readonly TwoNames[] | undefined): string {
    const who = calledIn(devices, one.by_name)
    if (one.opened_us !== undefined) return t('voice.in.takenBy', { name: one.answered_by ?? '', who })
    if (one.why === 'declined') return t('voice.in.declinedBy', { name: one.ended_by ?? '', who })
    return t('voice.in.missed', { time: clockTime(one.called_us), who, why: wordOr(`voice.in.ended.${one.why}`, 'voice.ended.other') })
  }

  return { fate }
}
