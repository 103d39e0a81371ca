/** The JSON messages of /ws, as command_centre/PROTOCOL.md defines them. Types only. */

import type { JobItem } from '@/api/types'
import type { Point, Source } from '@/api/types'
import type { Health } from '@/pages/running/types'

export type DeskKind = 'wall' | 'room' | 'audit' | 'running' | 'lists'

export interface Word {
  w: string
  s_us: number
  e_us: number
  c_pm: number
}

export interface Utterance {
  id: string
  cursor: number
  room: string
  source: string
  session: string
  speaker: 'interviewer' | 'interviewee' | 'unknown'
  start_us: number
  end_us: number
  text: string
  words: Word[]
  index: number
  /** Of the model that heard it. */
  language?: string
  /** Who it may be, of a mixed microphone; never certain. */
  proposed?: Utterance['speaker']
  /** Who it is, as a person said. */
  named?: Utterance['speaker']
  named_by?: string
  repairs?: Repair[]
  corrected?: Corrected | null
  /** Marks and figures put in where the text is shown; the words are `text`. */
  display?: Edit[]
}

/** Text shown from `from` to `to` (code points); equal: put in there. */
export interface Edit {
  from: number
  to: number
  text: string
}

/** A term of the case put in for what was recognised; from and to count code points of the text. */
export interface Repair {
  from: number
  to: number
  original: string
  rule: string
  distance: number
}

/** How a person corrected final text; the spoken words stay. */
export interface Corrected {
  version: number
  text: string
  by_name: string
  t_us: number
  reason: string
}

export type Slot =
  | 'who_ordered'
  | 'to_whom'
  | 'who_did'
  | 'when'
  | 'where'
  | 'how_many'
  | 'with_what'
  | 'whether'

/** One thing a person says on a point. */
export interface Statement {
  utterance: string
  session: string
  room: string
  /** Empty: nothing was understood of it; it is shown all the same. */
  slot: Slot | ''
  value: string
  certainty: 'flat' | 'hedged' | 'unknown' | ''
  text: string
  start_us: number
  end_us: number
  span: [number, number]
  confidence?: number
  repaired?: boolean
  speaker_certain?: boolean
  event?: string
}

/** Wording that may lead or press, and a neutral way to put it. */
export interface Hint {
  category: string
  rule: string
  span: [number, number]
  cue: string
  neutral: string
  neutral_en: string
}

export interface Cell {
  point: string
  person: string
  statements: Statement[]
}

/** A point came up in a room's session: when each thing it asks was first spoken of. */
export interface Spoken {
  room: string
  session: string
  point: string
  person: string
  slots: Record<string, number>
}

/** One side of a difference; an instrument or a document has a reference and no person. */
export interface FindingSide {
  person?: string
  room?: string
  session?: string
  utterance?: string
  span?: [number, number]
  text?: string
  value?: string
  start_us?: number
  end_us?: number
  reference?: string
}

export interface Finding {
  id: string
  kind: 'conflict' | 'self' | 'device' | 'document' | 'wording' | 'unclear' | 'suggested'
  /** `suggested`: a language model on the agency's network proposed it; never the engine. */
  tier: 'red' | 'amber' | 'grey' | 'suggested'
  point: string
  slot?: Slot | ''
  rule: string
  a: FindingSide
  b: FindingSide
}

export type ReviewState = 'open' | 'prompted' | 'confirmed' | 'clarified' | 'not_a_difference' | 'misheard'

export interface Review {
  state: ReviewState
  by_name: string
  t_us: number
  note?: string
  prompts?: string[]
  index?: number
}

export interface Difference {
  finding: Finding
  found_us: number
  engine: string
  state: ReviewState
  reviews?: Review[]
  gone_us?: number | null
  index?: number | null
}

export type PromptState =
  | 'issued'
  | 'delivered'
  | 'shown'
  | 'acknowledged'
  | 'declined'
  | 'answered'
  | 'withdrawn'

export interface Prompt {
  id: string
  group: string
  room: string
  point: string | null
  text: string
  by_name: string
  state: PromptState
  times: Partial<Record<`${PromptState}_us`, number>>
  reason?: string
  answer?: { utterance: string }
  /** The difference it is about. */
  difference?: string
  /** The kept question it was made from. */
  question?: string
  question_version?: number
  withdrawn_by?: string
  session?: string
  /** Its session was sealed: nobody asks it any more. */
  closed_us?: number
}

export interface SessionSummary {
  id: string
  room: string
  room_name: string
  kind: string
  opened_us: number
  closed_us: number | null
  person_name: string
  /** Heard in now; absent: the default. */
  language?: string
  model?: string
  model_missing?: string
}

export interface SourceStatus {
  source: string
  session: string
  state: 'offline' | 'connecting' | 'recording' | 'stalled'
  since_us: number
  bits_per_s: number
  width: number
  height: number
  codec: string
  packets_lost: number
  protected_until_us: number
  last_media_us: number
  recorded_us: number
  gap_us: number
  gaps: number
  pause_us?: number
  /** What is withheld of it by order right now. */
  paused?: Track[]
  clock_reports?: number
  clock_offset_us?: number
  drift_ppb?: number
  /** Sound against picture in the record; positive when sound is late. */
  skew_us?: number
  /** Why a source that is pulled gives no media, see `config.words.PullFault`; empty otherwise. */
  fault?: string
}

export type Track = 'audio' | 'video'
export type PauseReason = 'lawyer' | 'medical' | 'rest' | 'other'

/** Media of a room withheld by order; no `end_us` while it is in force. */
export interface Pause {
  id: string
  room: string
  session: string
  tracks: Track[]
  reason: PauseReason
  by_name: string
  start_us: number
  end_us?: number
  why?: string
  ended_by?: string
}

/** A voice line between the centre and a room or a device; no `ended_us` while it stands. */
export interface VoiceLine {
  id: string
  room: string
  session: string
  /** Carries the voice of the centre: a live view and a recording of its own. */
  source: string
  /** Who called: an account id, or `source:ID` of a device. */
  by: string
  by_name: string
  state: 'calling' | 'open' | 'ended'
  called_us: number
  answered_by?: string
  /** Who took it: as `by`. */
  answered_account?: string
  opened_us?: number
  /** Since when the person at the centre speaks; absent: not now. */
  talking_us?: number
  /** Since when the operator of the device speaks; absent: not now. */
  replying_us?: number
  ended_us?: number
  why?: string
  /** Absent: it came to its end by itself. */
  ended_by?: string
  /** The device called; absent: the room. */
  to?: string
}

export interface Marker {
  room: string
  t_us: number
  text: string
  by_name: string
  /** What it is taken back by; absent in what an earlier release told. */
  marker?: number
  by?: string
  withdrawn_us?: number | null
  withdrawn_by?: string
  reason?: string
}

export interface GapEvent {
  room: string
  source: string
  start_us: number
  end_us: number
  cause: string
}

export interface DeskPresence {
  desk: DeskKind
  room: string | null
  name: string
}

/** Where a device was at `t_us`: WGS 84 in units of 1e-7 degrees. */
export interface Position {
  lat_e7: number
  lon_e7: number
  accuracy_mm: number
  t_us: number
}

export interface Reading {
  device: string
  room: string
  t_us: number
  values: Record<string, number>
  alarms: string[]
  position?: Position | null
}

/** Something that needs a person. Values and limits in thousandths, as in a reading. */
export interface Alarm {
  id: string
  room: string
  source: string
  session: string
  kind: string
  about: string
  level: 'warning' | 'danger'
  since_us: number
  raised_us: number
  value?: number
  limit?: number
  note?: string
  cleared_us?: number
  reason?: string
  acknowledged_us?: number
  acknowledged_by?: string
}

interface Durable {
  cursor: number
}

export type DurableMessage =
  | ({ type: 'utterance' } & Utterance)
  | ({ type: 'prompt'; prompt: Prompt } & Durable)
  | ({ type: 'session'; session: SessionSummary } & Durable)
  | ({ type: 'point'; point: Point } & Durable)
  | ({ type: 'cell'; cell: Cell } & Durable)
  | ({ type: 'spoken'; spoken: Spoken } & Durable)
  | ({ type: 'difference'; difference: Difference } & Durable)
  | ({ type: 'gap' } & GapEvent & Durable)
  | ({ type: 'marker' } & Marker & Durable)
  | ({ type: 'reading' } & Reading & Durable)
  | ({ type: 'device'; device: Source } & Durable)
  | ({ type: 'pause'; room: string; pause: Pause } & Durable)
  | ({ type: 'voice'; room: string; line: VoiceLine } & Durable)
  | ({ type: 'alarm'; room: string; alarm: Alarm } & Durable)
  | ({ type: 'speaker'; room: string; session: string; utterance: string; speaker: Utterance['speaker']; by_name: string } & Durable)
  | ({ type: 'correction'; room: string; session: string; utterance: string; corrected: Corrected } & Durable)

export interface PartialText {
  type: 'partial'
  room: string
  source: string
  speaker: Utterance['speaker']
  start_us: number
  text: string
}

export type EphemeralMessage =
  | PartialText
  | { type: 'level'; source: string; rms: number[]; t_us: number }
  | { type: 'protected'; source: string; until_us: number }
  | { type: 'source'; status: SourceStatus }
  | { type: 'clock'; server_us: number }
  | { type: 'system'; code: string; detail?: string }
  | { type: 'presence'; desks: DeskPresence[] }
  | { type: 'health'; health: Health }
  | { type: 'changed'; case: string; areas: string[] }
  | { type: 'job'; job: JobItem }

export interface Welcome {
  type: 'welcome'
  protocol: number
  cursor: number
  server_us: number
  resumed: boolean
}

export type Reply =
  | ({ type: 'ok'; id: string } & Record<string, unknown>)
  | { type: 'error'; id?: string; code: string; message?: string }

export type ServerMessage = Welcome | DurableMessage | EphemeralMessage | Reply

export type Command =
  | { type: 'prompt.send'; text: string; point: string | null; rooms: string[]; key: string; hints_shown: string[]; question?: string; question_version?: number }
  | { type: 'prompt.withdraw'; prompt: string }
  | { type: 'prompt.delivered'; prompt: string }
  | { type: 'prompt.shown'; prompt: string }
  | { type: 'prompt.acknowledge'; prompt: string }
  | { type: 'prompt.decline'; prompt: string; reason: string }
  | { type: 'marker.add'; room: string; text: string; at_us?: number; key?: string }
  | { type: 'marker.withdraw'; marker: number; reason: string }
  /** `session`: of the press, where it may be told late. */
  | { type: 'pause.begin'; room: string; tracks: Track[]; reason: PauseReason; key: string; session?: string }
  /** This device sent nothing from a press until the recorder withheld it, or until it was taken back. */
  | { type: 'pause.held'; room: string; session: string; tracks: Track[]; reason: PauseReason; key: string; at_us: number; until_us: number; source: string }
  | { type: 'pause.end'; room: string; pause: string }
  | { type: 'voice.call'; room: string; to: string; key: string }
  | { type: 'voice.answer'; room: string; line: string; accept: boolean }
  | { type: 'voice.take'; room: string; line: string; accept: boolean }
  | { type: 'voice.talk'; room: string; line: string; on: boolean }
  | { type: 'voice.end'; room: string; line: string; no_microphone?: boolean }
  | { type: 'alarm.acknowledge'; alarm: string }
  | { type: 'ping' }

export interface Hello {
  type: 'hello'
  protocol: 1
  case: string
  desk: DeskKind
  room?: string
  cursor?: number
  /** A screen nobody sits at: it is told everything, and takes no calls. */
  unattended?: boolean
}

export function isDurable(message: ServerMessage): message is DurableMessage {
  return 'cursor' in message && message.type !== 'welcome' && message.type !== 'ok'
}
