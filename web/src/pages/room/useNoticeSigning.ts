/**
 * Whether the notice of rights is signed in the session that is open here, and saying so to the centre: what it
 * could not be told yet is kept on this tablet, and tried again, also when the page was closed meanwhile. It is
 * forgotten here as soon as the centre has it.
 */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { ApiError, at, get, post } from '@/api/client'
import type { Room } from '@/api/types'
import { markOf, messageOf, outgoingOf } from './notice-signing'
import type { NoticeMark, Outgoing, Signing } from './notice-signing'

const RETRY_MS = 4_000
/** The centre will not take it, however often it is told. */
const FOR_GOOD = [400, 403, 404, 409, 413]

interface Answer {
  name: string
  signature: NoticeMark | null
}

export function useNoticeSigning(of: { case: string; room: Ref<Room | null> }) {
  const told = shallowRef<NoticeMark | null>(null)
  const waiting = shallowRef<Outgoing | null>(null)
  /** Why the centre did not take it. */
  const refused = shallowRef<unknown>(null)
  const known = ref(false)
  let timer = 0
  let telling = false
  onScopeDispose(() => window.clearTimeout(timer))

  const session = computed(() => of.room.value?.session?.id ?? '')
  const place = (): string => `duizhi.signing.${of.case}.${of.room.value?.id ?? ''}`

  watch(
    session,
    async (now) => {
      told.value = null
      known.value = false
      if (!now) return
      waiting.value ??= outgoingOf(localStorage.getItem(place()))
      await look()
      void tell()
    },
    { immediate: true },
  )

  async function look(): Promise<void> {
    const asked = session.value
    const found = await get<Answer>(at`/api/sessions/${asked}/notice`).catch(() => null)
    if (!found || asked !== session.value) return
    told.value = found.signature
    known.value = true
  }

  function keep(now: Outgoing | null): void {
    waiting.value = now
    if (now) localStorage.setItem(place(), JSON.stringify(now))
    else localStorage.removeItem(place())
  }

  /** Signed, or noted as not signed; the centre is told as soon as it can be. */
  function put(to: string, notice: string, signing: Signing): Promise<void> {
    refused.value = null
    keep({ session: to, notice, signing })
    return tell()
  }

  async function tell(): Promise<void> {
    window.clearTimeout(timer)
    const now = waiting.value
    if (!now || telling) return
    telling = true
    const [path, body] = messageOf(now.notice, now.signing)
    try {
      const found = await post<Answer>(`${at`/api/sessions/${now.session}/notice`}/${path}`, body)
      keep(null)
      if (now.session === session.value) told.value = found.signature
      known.value = true
    } catch (error) {
      if (error instanceof ApiError && FOR_GOOD.includes(error.status)) {
        keep(null)
        refused.value = error
      } else timer = window.setTimeout(() => void tell(), RETRY_MS)
    } finally {
      telling = false
    }
  }

  /** As it stands: what the centre will be told, else what it has; null: neither signed nor noted. */
  const mark = computed(() => (waiting.value && waiting.value.session === session.value ? markOf(waiting.value.signing) : told.value))
  return { mark, known, waiting: computed(() => waiting.value !== null), refused, put, look, tell }
}

export type NoticeSigningDesk = ReturnType<typeof useNoticeSigning>
