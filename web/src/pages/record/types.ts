/** The record of questioning as the centre tells it (command_centre/desk/record_views.py). */

export type LineKind = 'q' | 'a' | 'n'

export interface Line {
  kind: LineKind
  text: string
  t_us: number
  /** What the person questioned wants changed here; empty: nothing. */
  mark: string
}

export const HEADER_FIELDS = [
  'time_from', 'time_to', 'ordinal', 'place', 'name', 'gender', 'age', 'id_number', 'phone',
  'employer', 'post', 'address', 'relation', 'others', 'cause', 'notice',
] as const
export type HeaderField = (typeof HEADER_FIELDS)[number]
export type Header = Record<HeaderField, string>

export interface Place {
  place: string
  page: number
  signer: string
  role: string
  name: string
  signed_us: number | null
}

export interface Refusal {
  signer: string
  name: string
  reason: string
  witness: string
  t_us: number
}

export type DocumentState = 'made' | 'signed' | 'refused' | 'replaced'

export interface RecordDocument {
  id: string
  session: string
  room: string
  room_name: string
  person_name: string
  version: number
  state: DocumentState
  pages: number
  sha256: string
  size: number
  by_name: string
  made_us: number
  signed_us: number | null
  signed_sha256: string
  signed_size: number
  signatures: number
  places: Place[]
  shown: number[]
  refusals: Refusal[]
}

export interface RecordView {
  session: string
  case: string
  room: string
  room_name: string
  person_name: string
  open: boolean
  version: number
  by_name: string
  saved_us: number | null
  header: Header
  lines: Line[]
  fresh: Line[]
  documents: RecordDocument[]
}

export interface InkMessage {
  place: string
  page: number
  strokes: number[][]
  from_us: number
  to_us: number
  pointer: string
}
