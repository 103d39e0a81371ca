/** What the documents that differences refer to are called, in the language of the page; asked for once one does. */

import { ref, shallowRef, watch } from 'vue'
import { at, get } from '@/api/client'
import { useWords } from '@/base/words'
import type { Finding } from '@/desk/protocol'
import { recordTitle } from '@/pages/cases/documents'
import type { RecordDocument } from '@/pages/record/types'

interface Named {
  kind: string
  document: string
  name: string
}

export function useDocumentNames(of: string, finding: () => Finding | null): (document: string | undefined) => string {
  const { t, nameOf } = useWords()
  const named = shallowRef(new Map<string, Named>())
  const records = shallowRef(new Map<string, RecordDocument>())
  const asked = ref('')

  watch(
    () => (finding()?.kind === 'document' ? (finding()?.b.reference ?? '') : ''),
    async (document) => {
      if (!document || named.value.has(document) || asked.value === document) return
      asked.value = document
      // without its name it is called a document
      const found = await get<{ facts: Named[] }>(at`/api/cases/${of}/document-facts`).catch(() => null)
      if (!found) return
      if (found.facts.some((one) => one.kind === 'record')) {
        const written = await get<{ documents: RecordDocument[] }>(at`/api/cases/${of}/documents`).catch(() => null)
        if (written) records.value = new Map(written.documents.map((one) => [one.id, one]))
      }
      named.value = new Map(found.facts.map((one) => [one.document, one]))
    },
    { immediate: true },
  )
  return (document) => {
    const one = named.value.get(document ?? '')
    if (one?.kind !== 'record') return one?.name ?? ''
    const record = records.value.get(one.document)
    return record ? recordTitle(record, t, nameOf) : ''
  }
}
