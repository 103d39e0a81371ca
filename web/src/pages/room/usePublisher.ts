/** The tablet as the room's camera: starting, what it is doing, stopping. */

import { onScopeDispose, ref, shallowRef } from 'vue'
import { at, post } from '@/api/client'
import type { PublishGrant } from '@/api/types'
import { WhipPublisher } from '@/media/whip'
import type { PublishState } from '@/media/whip'

export function usePublisher(room: string) {
  const state = ref<PublishState>('idle')
  const code = ref<string | null>(null)
  const stream = shallowRef<MediaStream | null>(null)

  const publisher = new WhipPublisher({
    grant: () => post<PublishGrant>(at`/api/rooms/${room}/publish`),
    onState(next, why) {
      state.value = next
      code.value = why
      stream.value = publisher.stream
    },
  })

  async function start(): Promise<void> {
    // A refusal is a state the page shows, not an exception to handle twice.
    await publisher.start().catch(() => undefined)
  }

  /** Closing the tab ends the recording of this camera; the browser asks first. */
  function beforeUnload(event: BeforeUnloadEvent): void {
    if (['live', 'connecting', 'retrying'].includes(state.value)) event.preventDefault()
  }
  window.addEventListener('beforeunload', beforeUnload)
  onScopeDispose(() => {
    window.removeEventListener('beforeunload', beforeUnload)
    void publisher.stop()
  })

  return { state, code, stream, start, stop: () => publisher.stop() }
}

export type Publisher = ReturnType<typeof usePublisher>
