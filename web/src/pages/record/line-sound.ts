/** The recorded sound of what a record says: which microphone, from when to when. No DOM here. */

import type { Sentence } from '@/media/sentence-sound'
import type { Microphone } from './types'

/** What has a moment and no end (a step, a mark) is played for so long. */
const UNENDED_US = 8_000_000

/** Null: nothing in this session was heard by any microphone, or it was not said. */
export function soundOf(
  where: { session: string; microphones: Microphone[] },
  said: { t_us: number; end_us?: number },
): Sentence | null {
  const { t_us, end_us = 0 } = said
  const by = where.microphones.findLast((one) => one.from_us <= t_us) ?? where.microphones[0]
  if (!by || !t_us) return null
  const until = end_us > t_us ? end_us : t_us + UNENDED_US
  return { id: `${where.session}:${t_us}:${until}`, session: where.session, source: by.source, start_us: t_us, end_us: until }
}
