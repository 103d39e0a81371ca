/** What was handed over, as the centre tells it, and how a row of it reads. Pure. */

import type { IconName } from '@/components/AppIcon.vue'
import type { Upload } from '@/api/types'

export interface Reading {
  tone: 'dim' | 'is-ok' | 'is-act' | 'is-differ'
  icon: IconName
  /** Keys below `handover.`; `words` always, `why` when there is more to say. */
  words: string
  why: string
  /** Thousandths while something is going on, else null. */
  progress: number | null
}

const CODES = new Set([
  'not_media', 'unsupported_codec', 'no_media', 'corrupted', 'hash_differs', 'no_session', 'no_time',
  'no_overlap', 'no_key_frame', 'examination_failed', 'not_settled', 'already_filed', 'nothing_missing', 'late_overlap', 'disk_full', 'key_missing',
  'recorder_unreachable', 'store_busy',
])

export function readUpload(upload: Upload): Reading {
  const why = CODES.has(upload.code) ? `code.${upload.code}` : upload.code ? 'code.other' : ''
  switch (upload.state) {
    case 'receiving':
      return { tone: 'dim', icon: 'download', words: 'state.receiving', why, progress: share(upload.offset, upload.length) }
    case 'received':
      return { tone: 'dim', icon: 'clock', words: 'state.received', why, progress: 0 }
    case 'examining':
      return { tone: 'dim', icon: 'search', words: 'state.examining', why, progress: upload.progress }
    case 'waiting':
      return { tone: 'is-differ', icon: 'clock', words: 'state.waiting', why, progress: null }
    case 'filed':
      return { tone: 'is-ok', icon: 'check', words: upload.result.late_us ? 'state.filed' : 'state.filedNothing', why, progress: null }
    default:
      return { tone: 'is-act', icon: 'x', words: 'state.refused', why: why || 'code.other', progress: null }
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.floor((part / whole) * 1000) : 0
}

/** 12.3 MB; digits as in the other tables. */
export function bytesWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = bytes
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}
