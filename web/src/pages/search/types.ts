/** What `GET /api/search` answers. */

export interface Neighbour {
  speaker: string
  t_us: number
  text: string
}

export interface Hit {
  id: number
  kind: 'utterance' | 'prompt' | 'marker' | 'correction' | 'note' | 'record_line'
  ref: string
  case: string
  case_name: string
  case_name_en: string
  case_number: string
  session: string
  room: string
  room_name: string
  room_name_en: string
  person: string
  person_en: string
  speaker: string
  t_us: number
  end_us: number
  pieces: { text: string; hit: boolean }[]
  previous: Neighbour | null
  next: Neighbour | null
}

export interface Found {
  hits: Hit[]
  more: boolean
  total: number
  total_is_least: boolean
  building: number | null
}

/** The page of a hit: its line of the record, or its moment. */
export function placeOf(hit: Hit, words: string): { path: string; query: Record<string, string> } {
  if (hit.kind === 'record_line') {
    return {
      path: `/cases/${encodeURIComponent(hit.case)}/record/${encodeURIComponent(hit.session)}`,
      query: { line: hit.ref.slice(hit.session.length + 1) },
    }
  }
  return {
    path: `/cases/${encodeURIComponent(hit.case)}/moment`,
    query: { session: hit.session, room: hit.room, t: String(hit.t_us), q: words },
  }
}
