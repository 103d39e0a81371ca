/** What the centre's HTTP API answers. Times are microseconds (`*_us`); ids are never shown. */

import type { CaseKind, CaseState } from './case-types'
import type { Verdict } from './report-types'
import type { Alarm, Cell, Difference, DurableMessage, Pause, PauseReason, Prompt, SessionSummary, Spoken, Track, Utterance, VoiceLine } from '@/desk/protocol'

export * from './job-types'
export * from './report-types'

export type { Prompt, SessionSummary, Utterance }
export type { CaseKind, CaseOverview, CaseState, CaseTask, Colleague } from './case-types'

export type Role = 'manager' | 'interviewer' | 'auditor' | 'administrator'

export interface Me {
  id: string
  account: string
  name: string
  role: Role
  unit_name: string
  unit_name_en: string
  /** The rooms the account is bound to; none: not bound. */
  rooms?: string[]
  /** Nothing but the account page opens until a second factor is set up. */
  must_enrol?: boolean
  /** Cases in which one has another role than the account's. */
  roles?: Record<string, Role>
}

export interface Hold {
  id: string
  reason: string
  by_name: string
  placed_us: number
}

export interface SessionRetention {
  session: string
  encrypted: boolean
  permanent: boolean
  until_us: number | null
  holds: Hold[]
  proposal: {
    until_us: number
    proposed_us: number
    confirmed: { account: string; name: string; t_us: number }[]
  } | null
  ended: { t_us: number; names: string[]; files: number } | null
}

/** How long a case's recordings are kept, and what holds them. */
export interface CaseRetention {
  category: string
  /** `years` is null for the permanent one. */
  categories: { id: string; years: number | null }[]
  holds: Hold[]
  sessions: SessionRetention[]
}

export interface TimeInfo {
  now_us: number
  unit_name: string
  unit_name_en: string
  version: string
  /** Name of the agency's own sign-in; empty: there is none. */
  outside?: string
  outside_en?: string
}

export interface CaseRow {
  id: string
  number: string
  name: string
  name_en: string
  status: string
  enterprise: string
  kind: '' | CaseKind
  state: CaseState
  lead_name: string
  incident_date: string
  opened: string
  rooms_recording: number
  open_sessions: number
  alarms: number
  tasks: number
  /** The first day a task is due, YYYY-MM-DD; empty: none. */
  task_due: string
  people: number
  last_event_us: number | null
}

export interface Person {
  id: string
  name: string
  name_en?: string
  post: string
  post_en?: string
  role: string
  room: string | null
}

export interface Point {
  id: string
  text: string
  en: string
  order: number
  detail?: { question?: string; question_en?: string; slots?: string[]; topic?: string }
  template?: string
  utterance?: string
  retired_us?: number | null
}

export interface Officer {
  id: string
  name: string
  /** As case files write it. */
  duty: string
  certificate: string
}

/** Somebody who attends beside the officers; `duty` as in components/attendants. */
export interface Attendant {
  id: string
  name: string
  duty: string
  detail: string
}

export interface Room {
  id: string
  name: string
  name_en: string
  kind: 'interview' | 'site'
  person: string | null
  officers: Officer[]
  attendants?: Attendant[]
  session: { id: string; opened_us: number } | null
}

/** How a room is heard, and how it could be. */
export interface Hearing {
  room: string
  session: string
  language: string
  /** `model` is empty for the one of the language itself. */
  languages: { language: string; name: string; demo: boolean; model: string }[]
  /** The one that was chosen; empty: that of the language. */
  model: string
  /** Name of a model that was chosen and does not hear. */
  missing: string
}

export interface Source {
  id: string
  name: string
  name_en: string
  kind: 'room_camera' | 'body_camera' | 'drone' | 'gas_detector' | 'environment' | 'microphone'
  room: string
  channels: string[]
  /** A phone that was sent away. */
  revoked?: boolean
}

export interface CaseDetail {
  id: string
  number: string
  name: string
  name_en: string
  cause: string
  enterprise: string
  incident_date: string
  opened: string
  people: Person[]
  points: Point[]
  rooms: Room[]
  sources: Source[]
  sessions: SessionSummary[]
  prompts: Prompt[]
  lines?: VoiceLine[]
  /** Not for room desks. */
  cells?: Cell[]
  differences?: Difference[]
  /** Room desks only. */
  spoken?: Spoken[]
  /** Latest markers and gaps, and the last reading of each device. */
  events: DurableMessage[]
  /** Pauses of the open sessions. */
  pauses?: Pause[]
  /** Alarms that hold or wait to be acknowledged. */
  alarms: Alarm[]
  /** What one may do in this case: actions of `command_centre/desk/permissions.py`. */
  may?: string[]
  /** Unless open, new work is refused: rooms, people, tasks, points, names, devices, exhibits. */
  state?: 'open' | 'closed' | 'archived'
  cursor: number
}

export interface UtterancePage {
  utterances: Utterance[]
  more: boolean
}

/** The latest page of each room, by its id, with every event up to the cursor in it. */
export interface LatestUtterances {
  cursor: number
  rooms: Record<string, UtterancePage>
}

export interface AlarmPage {
  alarms: Alarm[]
  more: boolean
}

export interface PublishGrant {
  whip_url: string
  token: string
  expires_us: number
  source: string
  session: string
  /** STUN and TURN servers; name and password are empty for STUN. */
  ice_servers: { urls: string; username: string; credential: string }[]
}

/** A witness of the logs, or an authority that stamps their time. */
export interface VoucherState {
  name: string
  kind: 'witness' | 'stamp'
  outside: boolean
  state: 'waiting' | 'ok' | 'lost' | 'usb'
  since_us: number
  detail: string
}

export interface SystemInfo {
  model: { name: string; demo: boolean; digest: string } | null
  recorder: {
    reachable: boolean
    disk_hours_left: number | null
    degraded: string
    space?: 'ok' | 'low' | 'critical'
    disks_failed?: number
  }
  transcriber: { reachable: boolean; behind_us: number | null }
  version: string
  vouchers: VoucherState[]
  interview: { longest_minutes: number; warn_minutes: number; hour_limits: number[]; hour_warn_minutes: number[]; night_from_hour: number; night_until_hour: number; sign_notice: boolean }
  clock: { known: boolean; warn: boolean; error_us: number }
}

/** How long the person of a session has been questioned, in all sessions that count together. */
export interface SessionHours {
  at_us: number
  before_us: number
  since_us: number
  sessions: number
  night_us: number
}

/** The same of everybody of a case who was questioned. */
export interface CaseHours {
  at_us: number
  apart_hours: number
  hour_limits: number[]
  people: { person: string; total_us: number; since_us: number; sessions: number; running: boolean; at_rest: boolean }[]
}

export interface Gap {
  start_us: number
  end_us: number
  cause: string
  /** Why a pause was pressed in it that could not be told then; empty: none was. */
  pressed?: PauseReason | ''
}

export interface Withheld {
  start_us: number
  end_us: number
  track: 'all' | Track
  reason: PauseReason | ''
}

export interface TrackAccount {
  start_us: number
  end_us: number
  recorded_us: number
  gap_us: number
  pause_us: number
}

export interface RecordingDetail {
  source: string
  name: string
  name_en: string
  start_us: number
  end_us: number | null
  recorded_us: number
  gap_us: number
  gaps: Gap[]
  pause_us?: number
  /** What pauses withheld of it, or of one of its tracks. */
  withheld?: Withheld[]
  /** What was known of the device's clocks when the recording closed. */
  clock?: { reports: number; offset_us: number; drift_ppb: number; worst_skew_us: number } | null
  tracks?: Partial<Record<Track, TrackAccount>>
  segments: number
  bytes: number
  state: string
}

export interface SessionDetail {
  summary: SessionSummary
  recordings: RecordingDetail[]
  log: { origin: string; size: number }
  views: { name: string; source: string; from_us: number; to_us: number | null }[]
  late?: LateFile[]
}

/** A file handed over afterwards and what was filed of it; in none of the sums. */
export interface LateFile {
  file: string
  source: string
  name: string
  kind: string
  by_name: string
  sha256: string
  size: number
  placed_by: string
  start_us: number
  end_us: number
  received_us: number
  late_us: number
  spans: { start_us: number; end_us: number }[]
}

export interface Upload {
  id: string
  source: string
  room: string
  session: string
  kind: string
  filename: string
  length: number
  offset: number
  state: 'receiving' | 'received' | 'waiting' | 'examining' | 'filed' | 'refused'
  code: string
  progress: number
  start_us: number | null
  sha256: string
  by_name: string
  created_us: number
  expires_us: number | null
  result: { late_us?: number; spans?: { start_us: number; end_us: number }[]; detail?: string }
}

export interface HandoverSource {
  source: string
  name: string
  name_en: string
  kind: string
  room: string
  room_name: string
  room_name_en: string
  case: string
  case_number: string
}

export interface Handover {
  sources: HandoverSource[]
  uploads: Upload[]
  more: boolean
}

export interface LogEntry {
  index: number
  kind: string
  t_us: number
  source: string
  summary: Record<string, unknown>
}

export interface LogPage {
  entries: LogEntry[]
  next: number | null
}

export interface CaseEntries {
  entries: (LogEntry & { session: string })[]
  more: boolean
}

export interface LogProof {
  entry: string
  leaf_hash: string
  proof: { size: number; root: string; path: string[] }
}

export interface ExportResult {
  export: string
  size: number
  files: number
  verdict: Verdict
}

/** What a disclosure copy withholds; a field that is not there means any. */
export interface WithholdScope {
  session?: string
  source?: string
  kind?: string
  start_us?: number
  end_us?: number
}

export interface Disclosed {
  withhold: { media?: WithholdScope[]; payloads?: WithholdScope[]; documents?: WithholdScope[] }
  authorised_by: string
  to: string
}

export interface ExportOrder {
  reason: string
  sessions: string[]
  disclosed?: Disclosed
}

export interface ExportMade {
  id: string
  created_us: number
  by_name: string
  reason: string
  sha256: string
  size: number
  verdict: Verdict
  disclosure: string
}

export interface DerivedMade {
  id: string
  created_us: number
  by_name: string
  reason: string
  sha256: string
  size: number
  session: string
  source: string
  start_us: number
  end_us: number
}

/** Thousandths of width and height. */
export interface RedactionBox {
  at_us: number
  x: number
  y: number
  w: number
  h: number
}

export interface RedactionPlan {
  start_us: number
  end_us: number
  regions: { start_us: number; end_us: number; reason: string; boxes: RedactionBox[] }[]
  silences: { start_us: number; end_us: number; reason: string }[]
}

