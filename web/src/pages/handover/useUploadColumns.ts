/** What a list of files that were handed over is sorted by and exports. */

import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import type { Upload } from '@/api/types'
import { useWords } from '@/base/words'
import type { Column } from '@/components/list/list'
import { readUpload } from './uploads'

export function useUploadColumns(sourceName: (one: Upload) => string): ComputedRef<Column<Upload>[]> {
  const { t, span } = useWords()
  const state = (one: Upload): string => {
    const reading = readUpload(one)
    return t(`handover.${reading.words}`, { span: span(one.result.late_us ?? 0), n: Math.floor((reading.progress ?? 0) / 10) })
  }
  return computed(() => [
    { key: 'name', title: t('handover.col.name'), value: (one) => one.filename || t('handover.noName') },
    { key: 'source', title: t('handover.col.source'), value: sourceName },
    { key: 'size', title: t('handover.col.size'), type: 'number', value: (one) => one.length },
    { key: 'by', title: t('handover.col.by'), value: (one) => one.by_name },
    { key: 'state', title: t('handover.col.state'), value: state },
    { key: 'why', title: t('handover.col.why'), value: (one) => (readUpload(one).why ? t(`handover.${readUpload(one).why}`) : ''), sort: false },
    { key: 'time', title: t('handover.col.time'), type: 'time', value: (one) => one.created_us },
  ])
}
