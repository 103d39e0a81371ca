/** Sources as the centre tells administrators of them, and the columns of their list. */

import type { Source } from '@/api/types'
import type { Column } from '@/components/list/list'

export type Kind = Source['kind']
export const KINDS: readonly Kind[] = ['room_camera', 'microphone', 'body_camera', 'drone', 'gas_detector', 'environment']
/** Those that record media; the others only measure. */
export const RECORDS: readonly Kind[] = ['room_camera', 'microphone', 'body_camera', 'drone']

export interface SourceRow {
  id: string
  name: string
  name_en: string
  kind: Kind
  room: string
  room_name: string
  room_name_en: string
  case_number: string
  state: string
  seen_us: number | null
  given: boolean
  code_until_us: number | null
  withdrawn: boolean
  pulled: boolean
  /** Where it was fetched from is kept, so that it can be fetched again. */
  pull_kept: boolean
}

export interface SourceCode {
  source: string
  url: string
  whip_url: string
  expires_us: number
}

export type Standing = 'recording' | 'stalled' | 'waiting' | 'withdrawn' | 'empty' | 'pulled' | 'ready' | 'reports'

/** How a source stands, in one word. */
/** These may report by MQTT, without a code of ours. */
const INSTRUMENTS: readonly string[] = ['gas_detector', 'environment']

export function standingOf(one: SourceRow): Standing {
  if (one.state === 'recording') return 'recording'
  if (one.state === 'stalled') return 'stalled'
  if (one.code_until_us) return 'waiting'
  if (one.withdrawn) return 'withdrawn'
  if (one.pulled) return 'pulled'
  if (one.given) return 'ready'
  return one.seen_us && INSTRUMENTS.includes(one.kind) ? 'reports' : 'empty'
}

type Translate = (key: string, named?: Record<string, unknown>) => string
type NameOf = (thing: { name: string; name_en?: string }) => string

export function sourceColumns(t: Translate, nameOf: NameOf, rooms: readonly string[]): Column<SourceRow>[] {
  const roomOf = (one: SourceRow): string => nameOf({ name: one.room_name, name_en: one.room_name_en })
  const standings: Standing[] = ['recording', 'stalled', 'ready', 'reports', 'pulled', 'waiting', 'empty', 'withdrawn']
  return [
    { key: 'name', title: t('sources.column.name'), value: nameOf },
    { key: 'kind', title: t('sources.column.kind'), type: 'choice', filter: true, value: (one) => one.kind, words: (one) => t(`sources.kind.${one.kind}`), choices: KINDS.map((value) => ({ value, words: t(`sources.kind.${value}`) })), width: '150px' },
    { key: 'room', title: t('sources.column.room'), type: 'choice', filter: true, value: (one) => one.room, words: roomOf, choices: rooms.map((value) => ({ value, words: value })), width: '180px' },
    { key: 'standing', title: t('sources.column.standing'), type: 'choice', filter: true, value: standingOf, words: (one) => t(`sources.standing.${standingOf(one)}`), choices: standings.map((value) => ({ value, words: t(`sources.standing.${value}`) })), width: '210px' },
    { key: 'seen', title: t('sources.column.seen'), type: 'time', value: (one) => one.seen_us, width: '180px' },
  ]
}
