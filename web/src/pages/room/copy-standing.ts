/**
 * What the room's desk says of this tablet's own copy: one line out of what is known. Pure; `useLocalCopy` gathers
 * it. What a person can do something about comes first, then what goes on, then what was done.
 */

import type { IconName } from '@/components/AppIcon.vue'
import { LEAST_BYTES } from '@/media/part-limit'
import { BYTES_PER_S } from '@/media/part-recorder'
import type { Owed } from '@/media/parts'

/** Less than this is said before it is too late. */
export const LITTLE_US = 15 * 60_000_000

export interface CopyLook {
  /** This browser can keep recordings. */
  able: boolean
  /** This tablet is the room's camera, or is about to be. */
  camera: boolean
  /** What it records is kept here as well, or should be. */
  keeping: boolean
  /** A pause is in force, or was asked for. */
  paused: boolean
  /** Why the copy is not being written; null: it is. */
  problem: string | null
  /** What it sent before does not get through any more. */
  broken: boolean
  left_bytes: number | null
  owed: Owed
  /** Why handing over does not go on; null: it does. */
  trouble: string | null
  /** Something of this session was handed over and filed. */
  receipt: boolean
}

/** Nobody who is let in is signed in here; anything else is the centre's own trouble. */
const DENIED = /^token_|^login_|^forbidden|^wrong_room|^unknown_source|^header_/

/** Each has words `copy.<word>`. */
export type CopyWord = 'held' | 'missing' | 'full' | 'failed' | 'keeping' | 'refused' | 'signIn' | 'waiting' | 'later' | 'handing' | 'receipt' | 'little' | 'ready'

export interface CopyStanding {
  tone: 'act' | 'differ' | 'ok' | 'plain'
  icon: IconName
  word: CopyWord
}

/** How much more can be kept, as time; null: not known. */
export function leftUs(bytes: number | null): number | null {
  return bytes === null ? null : Math.floor(bytes / BYTES_PER_S) * 1_000_000
}

/** Null: there is nothing to say. */
export function copyStanding(look: CopyLook): CopyStanding | null {
  const as = (tone: CopyStanding['tone'], icon: IconName, word: CopyWord): CopyStanding => ({ tone, icon, word })
  if (look.paused && look.camera) return as('plain', 'scale', 'held')
  const down = look.keeping && look.broken
  const bad = troubleOf(look)
  if (bad) return as(down ? 'act' : 'differ', 'warn', bad)
  if (down) return as('differ', 'download', 'keeping')
  if (look.owed.refused) return as('act', 'warn', 'refused')
  if (look.owed.parts) {
    if (!look.trouble) return as('plain', 'cloud', 'handing')
    if (look.trouble === 'unreachable') return as('differ', 'clock', 'waiting')
    return DENIED.test(look.trouble) ? as('differ', 'lock', 'signIn') : as('differ', 'clock', 'later')
  }
  const left = leftUs(look.left_bytes)
  if (look.camera && left !== null && left < LITTLE_US) return as('differ', 'warn', 'little')
  if (look.receipt) return as('ok', 'check', 'receipt')
  return look.camera ? as('plain', 'download', 'ready') : null
}

function troubleOf(look: CopyLook): CopyWord | null {
  if (!look.camera && !look.keeping) return null
  if (!look.able) return 'missing'
  if (look.keeping && look.problem) return look.problem === 'storage_full' ? 'full' : 'failed'
  return look.left_bytes !== null && look.left_bytes < LEAST_BYTES ? 'full' : null
}
