/**
 * Whether the notice of rights is signed in the session that is open here, and saying so to the centre. What it
 * could not be told yet is kept on this tablet, also of sessions that are over, and told one after the other until
 * the centre has it, also when the page was closed meanwhile. Each is told by the account that was there, and
 * forgotten here by its own answer only. What the centre will not take stays here too, until a person dismisses it.
 */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { me } from '@/api/account'
import { ApiError, at, get, post } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import type { Room } from '@/api/types'
import { REFUSED_MAX, WAITING_MAX, isSame, markOf, messageOf, outgoingsOf } from './notice-signing'
import type { NoticeMark, Outgoing, Signing } from './notice-signing'

const RETRY_MS = 4_000
/** The centre will not take it, however often it is told. What this account may not do now it may do later. */
const FOR_GOOD = [400, 404, 409, 413]

interface Answer {
  name: string
  signature: NoticeMark | null
}

/** What the centre would not take since this page was opened; without an error: what found no place on this tablet. */
export interface Refusal {
  session: string
  error?: ApiError
  /** Stands among what was refused, to be dismissed there. */
  kept?: boolean
}

export function useNoticeSigning(of: { case: string; room: Ref<Room | null> }) {
  const told = shallowRef<NoticeMark | null>(null)
  const held = shallowRef<Outgoing[]>([])
  const outgoing = computed(() => held.value.filter((one) => !one.refused))
  const refused = shallowRef<Refusal[]>([])
  const known = ref(false)
  let place = ''
  let timer = 0
  let telling: Promise<void> | null = null
  let left = false
  onScopeDispose(() => {
    left = true
    window.clearTimeout(timer)
  })

  const session = computed(() => of.room.value?.session?.id ?? '')
  const ofSession = (one: { session: string }): boolean => one.session === session.value

  watch(
    () => of.room.value?.id ?? '',
    (room) => {
      if (!room) return
      place = `duizhi.signing.${of.case}.${room}`
      held.value = outgoingsOf(localStorage.getItem(place))
      if (!session.value) void tell()
    },
    { immediate: true },
  )

  watch(
    session,
    async (now) => {
      told.value = null
      known.value = false
      if (!now) return
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

  /** From what is kept, not from what this page remembers: another page of the room may have kept more. */
  function keep(change: (kept: Outgoing[]) => Outgoing[]): void {
    held.value = change(outgoingsOf(localStorage.getItem(place)))
    if (held.value.length) localStorage.setItem(place, JSON.stringify(held.value))
    else localStorage.removeItem(place)
  }

  /** Signed, or noted as not signed; the centre is told as soon as it can be. */
  async function put(to: string, notice: string, signing: Signing): Promise<void> {
    refused.value = refused.value.filter((one) => one.session !== to)
    if (full.value) refused.value = [...refused.value, { session: to }]
    else keep((kept) => [...kept, { session: to, notice, signing, by: account() }])
    await tell()
  }

  function tell(): Promise<void> {
    window.clearTimeout(timer)
    telling ??= tellAll().finally(() => (telling = null))
    return telling
  }

  /** Also what is put meanwhile. What must be tried again keeps back what follows it in its session, nothing else. */
  async function tellAll(): Promise<void> {
    const again = new Set<string>()
    for (;;) {
      const next = outgoing.value.find((one) => !again.has(one.session) && [account(), ''].includes(one.by))
      if (!next) break
      if (!(await tellOne(next))) again.add(next.session)
    }
    if (again.size && !left) timer = window.setTimeout(() => void tell(), RETRY_MS)
  }

  /** False: it is to be tried again. */
  async function tellOne(one: Outgoing): Promise<boolean> {
    const [path, body] = messageOf(one.notice, one.signing)
    try {
      const found = await post<Answer>(`${at`/api/sessions/${one.session}/notice`}/${path}`, body)
      if (ofSession(one)) {
        told.value = found.signature
        known.value = true
      }
    } catch (error) {
      if (!(error instanceof ApiError) || !FOR_GOOD.includes(error.status)) return false
      const { code, status } = error
      const kept = held.value.filter((other) => other.refused).length < REFUSED_MAX
      refused.value = [...refused.value, { session: one.session, error, kept }]
      if (kept) {
        const why = { code, status, at_us: Math.round(serverNowUs()) }
        keep((all) => all.map((other) => (isSame(other, one) ? { ...other, refused: why } : other)))
        return true
      }
    }
    keep((kept) => kept.filter((other) => !isSame(other, one)))
    return true
  }

  /** A person has seen that it was refused: it is gone from this tablet. */
  function dismiss(one: Outgoing): void {
    keep((kept) => kept.filter((other) => !isSame(other, one)))
  }

  /** Of the session that is open: what the centre has not been told yet. */
  const waiting = computed(() => outgoing.value.findLast(ofSession) ?? null)
  const full = computed(() => outgoing.value.length >= WAITING_MAX)
  /** As it stands: what the centre will be told, else what it has; null: neither signed nor noted. */
  const mark = computed(() => (waiting.value ? markOf(waiting.value.signing) : told.value))
  const refusedHere = computed(() => refused.value.find(ofSession) ?? null)
  /** Of this account, to be dismissed; another one's stays until that account is here. */
  const keptRefused = computed(() => held.value.filter((one) => one.refused && [account(), ''].includes(one.by)))
  return { keptRefused, dismiss, mark, known, waiting: computed(() => waiting.value !== null), full, refused, refusedHere, put, look, tell }
}

const account = (): string => me.value?.id ?? ''

export type NoticeSigningDesk = ReturnType<typeof useNoticeSigning>
