/** The wording of a point on its way to the centre: what it is refused for is shown, and kept by a press of its own only. */

import { shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { ApiError } from '@/api/client'
import type { Hint } from '@/desk/protocol'

/** What the centre pointed out when it refused a point; `code` is what is named to keep it. */
export interface RefusedHint {
  code: string
  field: 'text' | 'en' | 'question' | 'question_en'
  hint: Hint
}

/** `words`: everything the point says; other words are looked at anew. */
export function usePointWording(words: Ref<string>) {
  const refused = shallowRef<RefusedHint[]>([])
  watch(words, () => (refused.value = []))

  /** What came back; null where the wording was refused, with the hints in `refused`. */
  async function kept<T>(send: () => Promise<T>): Promise<T | null> {
    const sent = words.value
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'leading_wording') throw error
      // what was refused may have been put otherwise meanwhile; it is looked at by itself then
      if (words.value === sent) refused.value = error.extra.hints as RefusedHint[]
      return null
    }
  }

  return { refused, kept }
}
