/** Recordings and files of a case as one list: what each is, how it stands, and where it leads. Pure. */

import { at } from '@/api/client'
import type { Upload } from '@/api/types'
import type { LastVerification } from '@/pages/audit/useAudit'
import type { Exhibit } from '@/pages/exhibits/exhibits'
import { readUpload } from '@/pages/handover/uploads'

export interface RecordingLine {
  session: string
  room: string
  room_name: string
  room_name_en: string
  person_name: string
  person_name_en: string
  source: string
  name: string
  name_en: string
  kind: string
  start_us: number
  end_us: number | null
  recorded_us: number
  gap_us: number
  bytes: number
  state: 'open' | 'sealed' | 'ended'
}

export type EvidenceKind = 'recording' | 'upload' | 'exhibit'
export const EVIDENCE_KINDS: EvidenceKind[] = ['recording', 'upload', 'exhibit']

export interface Piece {
  id: string
  kind: EvidenceKind
  name: string
  person: string
  state: string
  tone: 'dim' | 'is-ok' | 'is-differ' | 'is-act'
  bytes: number
  /** Recorded time of a recording. */
  length_us: number | null
  from_us: number
  to_us: number | null
  session: string
  source: string
  /** The moment at which a review opens; null: there is nothing to be seen. */
  moment_us: number | null
  /** Where its file is; empty: none to open. */
  file: string
  verified: LastVerification | null
}

export interface EvidenceHeld {
  recordings: readonly RecordingLine[]
  uploads: readonly Upload[]
  exhibits: readonly Exhibit[]
  verifications: readonly LastVerification[]
}

export interface EvidenceWords {
  t: (key: string, named?: Record<string, unknown>) => string
  nameOf: (one: { name: string; name_en?: string }) => string
  span: (us: number) => string
  /** Whether a recording runs at this moment. */
  live: (room: string) => boolean
}

export function piecesOf(held: EvidenceHeld, words: EvidenceWords): Piece[] {
  return [
    ...held.recordings.map((one) => ofRecording(one, held.verifications, words)),
    ...held.uploads.map((one) => ofUpload(one, words)),
    ...held.exhibits.map((one) => ofExhibit(one, words)),
  ]
}

/** The source with its room, unless it is called by it. */
const nameIn = (room: string, source: string, t: EvidenceWords['t']): string =>
  source.includes(room) ? source : t('case.evidence.one', { room, source })

function ofRecording(one: RecordingLine, verifications: readonly LastVerification[], { t, nameOf, live }: EvidenceWords): Piece {
  const running = one.state === 'open' && live(one.room)
  const open = running ? 'case.recordingNow' : 'case.timeline.openShort'
  const state = { open, sealed: 'case.evidence.sealed', ended: 'case.evidence.ended' }[one.state]
  const tone = { open: running ? 'is-ok' : 'is-act', sealed: 'dim', ended: 'is-differ' } as const
  return {
    id: `recording ${one.session} ${one.source}`,
    kind: 'recording',
    name: nameIn(nameOf({ name: one.room_name, name_en: one.room_name_en }), nameOf(one), t),
    person: one.person_name ? nameOf({ name: one.person_name, name_en: one.person_name_en }) : '',
    state: t(state),
    tone: tone[one.state],
    bytes: one.bytes,
    length_us: one.recorded_us,
    from_us: one.start_us,
    to_us: one.end_us,
    session: one.session,
    source: one.source,
    moment_us: one.state === 'ended' ? null : one.start_us,
    file: '',
    verified: verifications.find((each) => each.target === one.session && each.state === 'done') ?? null,
  }
}

function ofUpload(one: Upload, { t, span }: EvidenceWords): Piece {
  const reading = readUpload(one)
  return {
    id: `upload ${one.id}`,
    kind: 'upload',
    name: one.filename || t('handover.noName'),
    person: '',
    state: t(`handover.${reading.words}`, { span: span(one.result.late_us ?? 0), n: Math.floor((reading.progress ?? 0) / 10) }),
    tone: reading.tone,
    bytes: one.length,
    length_us: null,
    from_us: one.created_us,
    to_us: null,
    session: one.state === 'filed' ? one.session : '',
    source: one.state === 'filed' ? one.source : '',
    moment_us: one.state === 'filed' ? (one.result.spans?.[0]?.start_us ?? null) : null,
    file: '',
    verified: null,
  }
}

function ofExhibit(one: Exhibit, { t }: EvidenceWords): Piece {
  return {
    id: `exhibit ${one.id}`,
    kind: 'exhibit',
    name: one.title,
    person: '',
    state: t(one.withdrawn_us ? 'exhibit.change.withdrawn' : one.ended ? 'exhibit.ended' : 'case.evidence.stored'),
    tone: one.ended ? 'is-differ' : 'dim',
    bytes: one.size,
    length_us: null,
    from_us: one.added_us,
    to_us: null,
    session: '',
    source: '',
    moment_us: null,
    file: one.ended ? '' : at`/api/exhibits/${one.id}/file`,
    verified: null,
  }
}
