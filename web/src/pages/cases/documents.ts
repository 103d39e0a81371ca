/** Everything written that a case holds, as one list: records, packages, copies, uploads, exhibits. */

import { at } from '@/api/client'
import type { DerivedMade, ExportMade, Upload } from '@/api/types'
import { readUpload } from '@/pages/handover/uploads'
import type { RecordDocument } from '@/pages/record/types'
import type { Exhibit } from '@/pages/exhibits/exhibits'

export type DocumentKind = 'record' | 'notice' | 'package' | 'copy' | 'upload' | 'exhibit'
export const DOCUMENT_KINDS: DocumentKind[] = ['record', 'notice', 'package', 'copy', 'upload', 'exhibit']

export interface Document {
  id: string
  kind: DocumentKind
  name: string
  who: string
  state: string
  tone: 'dim' | 'is-ok' | 'is-differ' | 'is-act'
  t_us: number
  /** Where its file is; empty: there is none to take. */
  file: string
  download: boolean
}

/** A notice of rights that was signed for. */
export interface SignedNotice {
  id: string
  session: string
  title: string
  title_en: string
  room_name: string
  room_name_en: string
  person_name: string
  person_name_en: string
  by_name: string
  signed_us: number
}

export interface Held {
  records: RecordDocument[]
  notices: SignedNotice[]
  exports: ExportMade[]
  derived: DerivedMade[]
  uploads: Upload[]
  exhibits: Exhibit[]
}

type Translate = (key: string, named?: Record<string, unknown>) => string

const RECORD_TONE: Record<RecordDocument['state'], Document['tone']> = { made: 'dim', signed: 'is-ok', refused: 'is-differ', replaced: 'dim' }

type NameOf = (one: { name: string; name_en?: string }) => string

/** What a record is called in the language of the page. */
export function recordTitle(one: Parameters<typeof recordName>[0] & Pick<RecordDocument, 'version'>, t: Translate, nameOf: NameOf): string {
  return t('case.documents.record', { name: recordName(one, nameOf), n: one.version })
}

/** Who was questioned; where nobody was, the room. */
function recordName(one: Pick<RecordDocument, 'person_name' | 'person_name_en' | 'room_name' | 'room_name_en'>, nameOf: NameOf): string {
  return one.person_name ? nameOf({ name: one.person_name, name_en: one.person_name_en }) : nameOf({ name: one.room_name, name_en: one.room_name_en })
}

export function documentsOf(held: Held, t: Translate, nameOf: NameOf): Document[] {
  const { records, notices, exports, derived, uploads, exhibits } = held
  return [
    ...records.map((one): Document => ({
      id: `record ${one.id}`,
      kind: 'record',
      name: recordTitle(one, t, nameOf),
      who: one.by_name,
      state: t(`record.state.${one.state}`),
      tone: RECORD_TONE[one.state],
      t_us: one.made_us,
      file: at`/api/documents/${one.id}/file` + (one.signed_us ? '?signed=1' : ''),
      download: true,
    })),
    ...notices.map((one): Document => ({
      id: `notice ${one.id}`,
      kind: 'notice',
      name: t('case.documents.notice', { name: recordName(one, nameOf), title: nameOf({ name: one.title, name_en: one.title_en }) }),
      who: one.by_name,
      state: t('case.documents.noticeSigned'),
      tone: 'is-ok',
      t_us: one.signed_us,
      file: at`/api/sessions/${one.session}/notice/file` + at`?document=${one.id}`,
      download: true,
    })),
    ...exports.map((one): Document => ({
      id: `package ${one.id}`,
      kind: 'package',
      name: t('case.documents.package', { reason: one.reason }),
      who: one.by_name,
      state: t(one.disclosure ? 'case.documents.partial' : 'case.documents.made'),
      tone: one.disclosure ? 'is-differ' : 'dim',
      t_us: one.created_us,
      file: at`/api/exports/${one.id}/package.zip`,
      download: true,
    })),
    ...derived.map((one): Document => ({
      id: `copy ${one.id}`,
      kind: 'copy',
      name: t('case.documents.copy', { reason: one.reason }),
      who: one.by_name,
      state: t('case.documents.made'),
      tone: 'dim',
      t_us: one.created_us,
      file: at`/api/redactions/${one.id}/copy.mp4`,
      download: true,
    })),
    ...uploads.map((one): Document => {
      const reading = readUpload(one)
      return {
        id: `upload ${one.id}`,
        kind: 'upload',
        name: one.filename,
        who: one.by_name,
        state: t(`handover.${reading.words}`, { span: '', n: Math.floor((reading.progress ?? 0) / 10) }).trim(),
        tone: reading.tone,
        t_us: one.created_us,
        file: '',
        download: false,
      }
    }),
    ...exhibits.map((one): Document => ({
      id: `exhibit ${one.id}`,
      kind: 'exhibit',
      name: one.title,
      who: '',
      state: t(one.withdrawn_us ? 'exhibit.change.withdrawn' : one.ended ? 'exhibit.ended' : 'case.evidence.stored'),
      tone: 'dim',
      t_us: one.added_us,
      file: one.ended ? '' : at`/api/exhibits/${one.id}/file`,
      download: false,
    })),
  ]
}
