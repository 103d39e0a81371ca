/** What `GET /api/cases/{case}/review` gives; explained in command_centre/desk/review.py. */

export interface ReviewSession {
  id: string
  room: string
  room_name: string
  kind: string
  opened_us: number
  closed_us: number | null
  person_name: string
}

export interface ReviewSpan {
  start_us: number
  end_us: number
  state: 'gap' | 'pause'
  cause: string
  track: 'all' | 'video' | 'audio'
  /** Of a gap: why a pause was pressed in it that could not be told then. */
  pressed?: string
}

export interface ReviewLane {
  session: string
  source: string
  name: string
  kind: string
  start_us: number
  end_us: number | null
  picture: boolean
  sound: boolean
  spans: ReviewSpan[]
  late: { start_us: number; end_us: number }[]
}

export interface ReviewEvent {
  id: string
  session: string
  kind: string
  t_us: number
  end_us: number | null
  text: string
  source: string
  by_name: string
  /** Of a marker that was taken back. */
  withdrawn_us?: number | null
  withdrawn_by?: string
  withdrawn_why?: string
}

export interface ReviewNote {
  id: string
  session: string
  source: string
  at_us: number
  text: string
  made_us: number
  by_name: string
  own: boolean
  withdrawn_us: number | null
  withdrawn_by: string
}

export interface Review {
  sessions: ReviewSession[]
  lanes: ReviewLane[]
  /** The earliest of them; `events_total` is how many there are. */
  events: ReviewEvent[]
  events_total: number
  notes: ReviewNote[]
  may_note: boolean
  may_clip: boolean
  /** Sessions in which temperature or humidity was measured. */
  climate: string[]
  /** By session: who attended beside the officers, who left included. */
  attending?: Record<string, { name: string; duty: string }[]>
}
