/** A call that somebody answered on another page is taken by the wall they were led to, once it knows of it. */

import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Desk } from '@/desk/useDesk'
import type { Voice } from './useVoice'

export function useAnswer(desk: Desk, voice: Voice, may: () => boolean): void {
  const route = useRoute()
  const router = useRouter()
  watch(
    () => [route.query.answer, desk.connection.value] as const,
    ([wanted, connection]) => {
      if (typeof wanted !== 'string' || connection !== 'live') return // the case is not whole before
      const { answer: _answer, ...rest } = route.query
      void router.replace({ query: rest }) // once: a reload of this address takes nothing
      const line = desk.state.lines.get(wanted)
      // one who speaks already is told so beside the call, which rings on
      if (line && may() && !voice.taken.value) void voice.take(line, true)
    },
    { immediate: true },
  )
}
