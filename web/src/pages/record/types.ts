/** The record of questioning as the centre tells it (command_centre/desk/record_views.py). */

import type { Checks } from '@/pages/room/checks'

export type LineKind = 'q' | 'a' | 'n' | 'f'
export type Form = 'questioning' | 'inspection'

export interface Line {
  kind: LineKind
  text: string
  /** When it was said: from, to, and which utterances; 0 and none for a line added by hand. */
  t_us: number
  end_us: number
  utterances: string[]
  /** What the person questioned wants changed here; empty: nothing. */
  mark: string
  /** Of a finding: where, with which evidence, against which article. */
  place: string
  evidence: string
  article: string
}

/** Between pieces of evidence, as a document writes it. */
export const BETWEEN_EVIDENCE = '、'

export function newLine(kind: LineKind): Line {
  return { kind, text: '', t_us: 0, end_us: 0, utterances: [], mark: '', place: '', evidence: '', article: '' }
}

/** The fields of each form, in the order of its pages. */
export const HEADER_FIELDS = {
  questioning: [
    'time_from', 'time_to', 'ordinal', 'place', 'cause', 'name', 'gender', 'age', 'ethnicity', 'id_number', 'phone',
    'employer', 'post', 'address', 'education', 'relation', 'deputy', 'interviewers', 'others', 'interpreter', 'guardian', 'notice', 'breaks',
  ],
  inspection: [
    'number', 'time_from', 'time_to', 'employer', 'address', 'representative', 'representative_post', 'phone', 'place',
    'name', 'post', 'interviewers', 'others', 'opening', 'handling', 'notice',
  ],
} as const
export type HeaderField = (typeof HEADER_FIELDS)[Form][number]
export type Header = Record<HeaderField, string>

export interface Place {
  place: string
  page: number
  signer: string
  role: string
  name: string
  signed_us: number | null
  /** A picture of a fingerprint stands beside the handwriting. */
  fingerprint?: boolean
  /** Signed when the session was closed, and why only then. */
  late?: boolean
  late_reason?: string
}

export interface Refusal {
  signer: string
  name: string
  reason: string
  witness: string
  t_us: number
  /** They could not sign, as somebody who has left. */
  unable?: boolean
}

/** Somebody attended not as the document says; `log_role`: as what they did, empty: they never did. */
export interface Correction {
  signer: string
  name: string
  reason: string
  by_name: string
  t_us: number
  log_role: string
}

export type DocumentState = 'made' | 'signed' | 'refused' | 'replaced'

export interface RecordDocument {
  id: string
  session: string
  room: string
  room_name: string
  room_name_en: string
  person_name: string
  person_name_en: string
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
  /** Pages that an officer read aloud to the person. */
  read: number[]
  refusals: Refusal[]
  /** Of a refusal by the person questioned: what attests it; empty: nothing is to be attested. */
  attestation: '' | 'wanted' | 'witness' | 'officers' | 'missing'
  corrections?: Correction[]
  /** Of a closed session: signers who attended it not as the document says. */
  uncorrected?: string[]
}

/** From when on this source is the one that heard what was said. */
export interface Microphone {
  from_us: number
  source: string
}

/** A part of a page as text (command_centre/record/page_text.py). */
export interface Block {
  kind: 'head' | 'title' | 'field' | LineKind | 'text' | 'sign' | 'foot'
  text: string
  label: string
  t_us: number
  end_us: number
  /** It began on the page before. */
  continued: boolean
}

export interface PageText {
  page: number
  of: number
  blocks: Block[]
}

export interface RecordView {
  session: string
  case: string
  room: string
  room_name: string
  room_name_en: string
  person_name: string
  person_name_en: string
  form: Form
  open: boolean
  version: number
  by_name: string
  saved_us: number | null
  drafted_us: number | null
  header: Header
  lines: Line[]
  fresh: Line[]
  microphones: Microphone[]
  documents: RecordDocument[]
  evidence: EvidencePick[]
}

/** Evidence that a finding may name. */
export interface EvidencePick {
  text: string
  label: string
  t_us: number
}

export type DifferenceKind = 'missing' | 'added' | 'changed' | 'unproved' | 'misheard' | 'summary' | 'second'
export type DifferenceAbout = 'number' | 'name' | 'negation' | 'time' | 'evidence' | 'speaker' | 'words'

/** Where text and recording differ (command_centre/desk/record_review.py). */
export interface Difference {
  id: string
  kind: DifferenceKind
  about: DifferenceAbout
  critical: boolean
  line: number | null
  said: string
  written: string
  said_context: string
  written_context: string
  utterances: string[]
  start_us: number
  end_us: number
  justified: boolean
  reason: string
  by_name: string
  /** Settled by a correction of the sentence itself. */
  corrected: boolean
}

export type StepState = 'found' | 'heard' | 'said' | 'left_out' | 'open'

export interface Step {
  key: string
  name: string
  wording: string
  law: string
  optional: boolean
  state: StepState
  by: string
  t_us: number
  text: string
  reason: string
  by_name: string
}

export interface Review {
  version: number
  differences: Difference[]
  open_critical: number
  open_other: number
  steps: Step[]
  open_steps: number
  checks?: Checks | null
  /** Places of the document that are still to be signed, on camera. */
  unsigned?: number
}

export interface InkMessage {
  place: string
  page: number
  strokes: number[][]
  from_us: number
  to_us: number
  pointer: string
}
