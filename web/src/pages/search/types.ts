/** What `GET /api/search` answers. */

export interface Neighbour {
  speaker: string
  t_us: number
  text: string
}

export interface Hit {
  id: number
  kind: 'utterance' | 'prompt' | 'marker' | 'correction' | 'note' | 'record_line' | 'exhibit' | 'document'
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

/** Found by what they are called, not by what was said. */
export const NAMED = ['exhibit', 'document'] as const
export const isNamed = (kind: string): boolean => (NAMED as readonly string[]).includes(kind)

/** What a document is: a record with its version, a signed notice, a package, a redacted copy, a file handed over, or one whose statements were written down. */
export function documentOf(hit: Hit): { kind: 'record' | 'notice' | 'package' | 'copy' | 'upload' | 'stated'; version: string } {
  const [kind, , version] = hit.ref.split(':')
  return { kind: kind as 'record', version: version ?? '' }
}

/** The page of a hit: where it stands, its line of the record, or its moment. */
export function placeOf(hit: Hit, words: string): { path: string; query: Record<string, string> } {
  const of = `/cases/${encodeURIComponent(hit.case)}`
  if (hit.kind === 'exhibit') return { path: `${of}/exhibits`, query: { exhibit: hit.ref } }
  if (hit.kind === 'document') {
    const { kind } = documentOf(hit)
    if (kind === 'record') return { path: `${of}/record/${encodeURIComponent(hit.session)}`, query: {} }
    return kind === 'stated' ? { path: `${of}/stated`, query: {} } : { path: of, query: { part: 'documents' } }
  }
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
