/**
 * What may be said of the recording right now. "Protected" is said only on the centre's word, and only
 * while that word is fresh; "kept here" only while the phone's own recorder writes.
 */

import type { PublishState } from '@/media/whip'
import type { DeviceState } from './centre'

export type Standing =
  /** Nothing is being recorded, and nothing should be. */
  | 'idle'
  /** The centre records it. */
  | 'recording'
  /** The centre does not get it right now; the phone keeps it. */
  | 'kept_here'
  /** On the way to the centre for the first time. */
  | 'connecting'
  /** It should be recorded, and neither has it. */
  | 'lost'

export interface Known {
  on: boolean
  told: Pick<DeviceState, 'state'> | null
  /** The centre was heard within the last few seconds. */
  fresh: boolean
  publishing: PublishState
  /** The phone's own recorder is writing. */
  local: boolean
  /** Recording began a few seconds ago. */
  young: boolean
}

export function standing({ on, told, fresh, publishing, local, young }: Known): Standing {
  if (!on) return 'idle'
  const live = publishing === 'live' && fresh
  if (live && told?.state === 'recording') return 'recording'
  const onTheWay = publishing === 'connecting' || (live && told?.state !== 'stalled')
  if (onTheWay && (young || live)) return 'connecting'
  if (local) return young && publishing === 'idle' ? 'connecting' : 'kept_here'
  return onTheWay ? 'connecting' : 'lost'
}
