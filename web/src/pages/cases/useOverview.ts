/** State, lead, rights of people and tasks of a case, as they are while the page is open. */

import { ref, shallowRef } from 'vue'
import { at, get, post } from '@/api/client'
import type { CaseOverview } from '@/api/types'
import { useChanges } from '@/desk/useChanges'

export function useOverview(of: string) {
  const overview = shallowRef<CaseOverview | null>(null)
  const busy = ref(false)

  async function look(): Promise<void> {
    if (busy.value) return
    try {
      overview.value = await get<CaseOverview>(at`/api/cases/${of}/overview`)
    } catch {
      // the page's own band says that the centre is away; what was known stays
    }
  }

  /** An act whose answer is the overview afterwards; the caller words what is thrown. */
  async function act(path: string, body: unknown): Promise<void> {
    busy.value = true
    try {
      overview.value = await post<CaseOverview>(path, body)
    } finally {
      busy.value = false
    }
  }

  useChanges(['case', 'people', 'tasks', 'sessions'], look, of)
  return { overview, busy, look, act }
}

export type Overview = ReturnType<typeof useOverview>
