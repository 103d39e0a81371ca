/** What the documents that differences refer to are called; asked for once one does. */

import { ref, shallowRef, watch } from 'vue'
import { at, get } from '@/api/client'
import type { Finding } from '@/desk/protocol'

interface Named {
  document: string
  name: string
}

export function useDocumentNames(of: string, finding: () => Finding | null): (document: string | undefined) => string {
  const names = shallowRef(new Map<string, string>())
  const asked = ref('')

  watch(
    () => (finding()?.kind === 'document' ? (finding()?.b.reference ?? '') : ''),
    async (document) => {
      if (!document || names.value.has(document) || asked.value === document) return
      asked.value = document
      // without its name it is called a document
      const found = await get<{ facts: Named[] }>(at`/api/cases/${of}/document-facts`).catch(() => null)
      if (found) names.value = new Map(found.facts.map((one) => [one.document, one.name]))
    },
    { immediate: true },
  )
  return (document) => (document && names.value.get(document)) || ''
}
