/** Rooms as the centre tells administrators of them. */

import type { Source } from '@/api/types'

export interface RoomSource {
  id: string
  name: string
  name_en: string
  kind: Source['kind']
  state: string
}

export interface AdminRoom {
  id: string
  name: string
  name_en: string
  kind: 'interview' | 'site'
  case: string
  case_number: string
  sources: RoomSource[]
  session_us: number | null
  sessions: number
  retired_us: number | null
}

export type Doing = 'retired' | 'recording' | 'open' | 'ready' | 'away' | 'none'

/** What a room is doing, in one word. */
export function doingOf(room: AdminRoom): Doing {
  if (room.retired_us) return 'retired'
  const pictures = room.sources.filter((one) => one.kind !== 'gas_detector' && one.kind !== 'environment')
  if (room.session_us) return pictures.some((one) => one.state === 'recording') ? 'recording' : 'open'
  return room.sources.length ? 'ready' : 'none'
}
