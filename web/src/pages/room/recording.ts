/**
 * What the band of the room desk says of recording: one answer out of what the tablet sends itself, what
 * the centre tells, and what is heard. Pure; `useRecording` gathers what it needs. In this order:
 *
 * 1. Without a session nothing is recorded, whatever else is known.
 * 2. A pause that was pressed here and not told yet: nothing of this tablet is sent, so it has nothing to judge.
 * 3. A tablet that is the room's camera judges itself before it believes anybody: whether it sends, whether
 *    its camera and microphone still work, whether it hears anything. That holds with the centre away too, and
 *    while only its own copy has what is said.
 * 4. Only then is being cut off the news: amber, for what is recorded meanwhile is not lost.
 */

import type { IconName } from '@/components/AppIcon.vue'
import type { Track } from '@/desk/protocol'
import type { Doing } from '@/desk/state'
import type { PublishState } from '@/media/whip'

export type Tone = 'ok' | 'pause' | 'act' | 'differ' | 'plain'
/** Each has words `desk.band.<word>`; `paused` is called by its reason. */
export type BandWord =
  | 'before' | 'sealed' | 'held' | 'recording' | 'connecting' | 'checking'
  | 'notRecording' | 'notSending' | 'keptHere' | 'noSound' | 'lostSource' | 'lost' | 'paused'

export interface Standing {
  tone: Tone
  icon: IconName
  word: BandWord
  /** Cut off from the centre as well: said beside what matters more. */
  away: boolean
}

export interface RecordingLook {
  open: boolean
  sealed: boolean
  /** Cut off from the centre. */
  away: boolean
  /** This tablet is the room's camera: it has begun to send, whether or not it gets through. */
  own: boolean
  publishing: PublishState
  /** It does not get through, and what is said is kept on this tablet meanwhile. */
  copying: boolean
  /** Of the own tracks, those that have ended or give nothing. */
  lost: readonly Track[]
  withheld: readonly Track[]
  /** A pause was pressed here, and the centre does not know of it. */
  held: boolean
  doing: Doing
  silent: boolean
}

export function standingOf(look: RecordingLook): Standing {
  const { away } = look
  const as = (tone: Tone, icon: IconName, word: BandWord): Standing => ({ tone, icon, word, away })
  if (!look.open) return look.sealed ? as('plain', 'lock', 'sealed') : as('plain', 'clock', 'before')
  if (look.held) return as('differ', 'scale', 'held')
  const bad = look.own ? badOf(look) : null
  if (look.own && look.copying && !bad) return as('differ', 'download', 'keptHere')
  if (away) return bad ? as('act', ...bad) : as('differ', 'sync', 'lost')
  if (look.withheld.length) return as('pause', 'scale', 'paused')
  if (bad) return as('act', ...bad)
  if (look.doing === 'recording') return look.silent ? as('act', 'mic', 'noSound') : as('ok', 'shield', 'recording')
  if (look.doing === 'connecting' || ['asking', 'connecting'].includes(look.publishing)) return as('plain', 'clock', 'connecting')
  if (look.doing === 'unknown') return as('plain', 'clock', 'checking')
  return as('act', 'warn', 'notRecording')
}

/** What is wrong with a tablet that is the room's camera, worst first; null: nothing that it can see. */
function badOf(look: RecordingLook): [IconName, BandWord] | null {
  if (!look.copying) {
    if (['retrying', 'failed'].includes(look.publishing)) return ['warn', 'notSending']
    if (look.publishing !== 'live') return look.away ? ['warn', 'notSending'] : null // only beginning
  }
  if (look.lost.some((one) => !look.withheld.includes(one))) return ['cam', 'lostSource']
  return look.silent ? ['mic', 'noSound'] : null
}

/** Quieter than this on every channel is silence; five seconds of it is worth a word. */
export const SILENT_DB = -65
export const SILENT_AFTER_S = 5

/** Since when nothing is heard of one ear; it knows no clock of its own. */
export class Quiet {
  private since: number | null = null

  /** `db`: the loudest channel; null: nothing is measured, so nothing is said. */
  note(db: number | null, now_ms: number): void {
    if (db === null || db > SILENT_DB) this.since = null
    else this.since ??= now_ms
  }

  seconds(now_ms: number): number {
    return this.since === null ? 0 : Math.max(0, Math.floor((now_ms - this.since) / 1000))
  }
}
