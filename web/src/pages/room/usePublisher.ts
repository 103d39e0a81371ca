/** The tablet as the room's camera: starting, what it is doing, stopping. */

import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError, at, get, post } from '@/api/client'
import type { CaseDetail, PublishGrant } from '@/api/types'
import type { Track } from '@/desk/protocol'
import { WhipPublisher } from '@/media/whip'
import type { PublishState } from '@/media/whip'

export function usePublisher(caseId: string, room: string) {
  const state = ref<PublishState>('idle')
  const code = ref<string | null>(null)
  const stream = shallowRef<MediaStream | null>(null)
  /** As what this tablet records; null before it is told. */
  const granted = shallowRef<PublishGrant | null>(null)

  let session = ''

  /** Asking for a token opens the session when there is none; after a drop that must not happen. */
  async function grant(again: boolean): Promise<PublishGrant> {
    if (again) {
      const detail = await get<CaseDetail>(at`/api/cases/${caseId}`)
      const open = detail.rooms.find((one) => one.id === room)?.session?.id
      if (open !== session) throw new ApiError(409, 'session_closed')
    }
    const told = await post<PublishGrant>(at`/api/rooms/${room}/publish`)
    session = told.session
    granted.value = told
    return told
  }

  const publisher = new WhipPublisher({
    grant,
    onState(next, why) {
      state.value = next
      code.value = why
      stream.value = publisher.stream
    },
  })

  /** Camera and microphone are on and seen here; nothing is sent yet. */
  async function preview(): Promise<void> {
    if (!['idle', 'failed'].includes(state.value) || stream.value) return
    const found = await publisher.capture().catch(() => null)
    if (!found) return
    stream.value = found
    if (state.value === 'asking') state.value = 'idle'
  }

  async function start(): Promise<void> {
    granted.value = null
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

  return {
    state,
    code,
    stream,
    granted,
    start,
    preview,
    stop: () => publisher.stop(),
    expectEnd: (ending: boolean) => publisher.expectEnd(ending),
    hold: (kinds: readonly Track[]) => publisher.hold(kinds),
  }
}

export type Publisher = ReturnType<typeof usePublisher>
