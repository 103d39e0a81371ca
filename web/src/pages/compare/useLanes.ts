/** The recordings of some sessions as the review has them: what is missing in them, and why. */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { get } from '@/api/client'
import { reviewAt } from '@/api/first'
import type { Review, ReviewLane } from '@/pages/review/types'

export function useLanes(caseId: () => string, sessions: () => readonly string[]) {
  const lanes = shallowRef<readonly ReviewLane[]>([])
  let over = false
  watch(
    () => [...new Set(sessions())].sort().join(','),
    async (wanted) => {
      lanes.value = []
      if (!wanted) return
      // without it there is no strip; the players say what is wrong
      const found = await get<Review>(reviewAt(caseId(), wanted.split(','))).catch(() => null)
      if (found && !over && [...new Set(sessions())].sort().join(',') === wanted) lanes.value = found.lanes
    },
    { immediate: true },
  )
  onScopeDispose(() => (over = true))
  return lanes
}
