/**
 * Looks after the parts in this browser: forgets what the centre has, hands over what it lacks, one
 * after the other, oldest first. Goes on by itself for as long as the page is open, and not a step further:
 * the list is then another page's. A part that the centre will
 * never take is set aside with the reason, and holds up no other.
 */

import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import { handOver, PartUnreadable, recorded } from './hand-over'
import type { Filed } from './hand-over'
import type { Keyring } from './keyring'
import { fateOf, owedOf } from './parts'
import type { Part, PartList } from './parts'
import type { PartStore } from './part-store'

const LOOK_MS = 1_500
/** Parts the centre has and has not filed yet; more would fill its queue. */
const MOST_SENT = 6
/** Why a part was set aside that may go better once the page is loaded again. */
const MENDABLE = ['part_unreadable', 'upload_busy', 'http_423']

export interface HandOverPorts {
  store: PartStore | null
  list: PartList
  keyring: Keyring
  /** Bytes that may still be kept; null: not known. */
  measure(): Promise<number | null>
  /** Where no token is good any more, whoever is signed in hands over, and is told when they may not. */
  byLogin?: boolean
  /** False: another page of this browser looks after the parts. */
  mine?(): boolean
  onFiled?(part: Part, filed: Filed): void
  /** Nothing of a source is left here. */
  onEmpty?(source: string): void
}

/** What this browser may still keep, as it says itself. */
export async function spaceLeft(): Promise<number | null> {
  const room = await navigator.storage?.estimate?.().catch(() => null)
  return room?.quota ? room.quota - (room.usage ?? 0) : null
}

export function useHandOver(ports: HandOverPorts) {
  const { store, list, keyring } = ports
  const parts = shallowRef<Part[]>(list.all())
  const problem = ref<string | null>(null)
  const left = ref<number | null>(null)
  let busy = false
  let unlisted = false
  const leaving = new AbortController()
  /** The parts are looked after here, still. */
  const ours = (): boolean => !leaving.signal.aborted && ports.mine?.() !== false

  function refresh(): void {
    parts.value = list.all()
  }

  async function adopt(): Promise<void> {
    if (!store || leaving.signal.aborted) return
    const files = await store.list().catch(() => null)
    if (leaving.signal.aborted) return
    unlisted = files === null // what is listed stays, and the files are asked for again
    if (files) list.adopt(files)
    for (const part of list.all()) if (part.state === 'refused' && MENDABLE.includes(part.code ?? '')) list.change(part.name, { state: 'owed', code: null })
    refresh()
    await measure()
  }

  async function measure(): Promise<void> {
    left.value = await ports.measure().catch(() => null)
  }

  async function look(): Promise<void> {
    if (busy || !store || !ours()) return
    if (unlisted) await adopt()
    if (busy || !ours() || !list.all().length) return
    busy = true
    const closed = new Map<string, ApiError>()
    try {
      await each('kept', closed, judge)
      await each('sent', closed, carry)
      if (list.all().filter((one) => one.state === 'sent').length < MOST_SENT) await each('owed', closed, carry, 1)
      problem.value = [...closed.values()][0]?.code ?? null
    } catch (error) {
      problem.value = error instanceof ApiError ? error.code : 'unexpected'
    } finally {
      busy = false
      refresh()
      void measure()
    }
  }

  /** Parts in this state, oldest first; a source that is not let in (`closed`) holds up no other. */
  async function each(state: Part['state'], closed: Map<string, ApiError>, act: (part: Part) => Promise<void>, most = Infinity): Promise<void> {
    let done = 0
    for (const part of list.all().filter((one) => one.state === state)) {
      if (done === most || !ours()) break
      if (closed.has(part.source)) continue
      try {
        await act(part)
        done += 1
      } catch (error) {
        if (!ours()) return
        if (isNever(error)) list.change(part.name, state === 'kept' ? { state: 'owed' } : { state: 'refused', code: codeOf(error) })
        if (isNever(error)) continue
        if (!isDenied(error)) throw error
        if (ports.byLogin && error.status === 401) keyring.forget(part.source)
        closed.set(part.source, error)
      }
    }
  }

  /** Does the centre have a finished part already? */
  async function judge(part: Part): Promise<void> {
    const known = keyring.of(part.source)
    if (known) {
      const { spans, protected_until_us } = await recorded(known.token, part, leaving.signal)
      if (!ours()) return
      const fate = fateOf(part, spans, protected_until_us, serverNowUs())
      if (fate === 'forget') await forget(part)
      if (fate === 'hand_over') list.change(part.name, { state: 'owed' })
    } else if (ports.byLogin) list.change(part.name, { state: 'owed' }) // the centre finds what it lacks
  }

  async function carry(part: Part): Promise<void> {
    const known = keyring.of(part.source)
    if (!store || !(known || ports.byLogin)) return
    const outcome = await handOver(part, {
      token: known?.token ?? null,
      signal: leaving.signal,
      read: (name) => store.read(name),
      change: (name, change) => {
        if (!ours()) return
        list.change(name, change)
        refresh()
      },
    })
    if (!ours()) return
    if (outcome.state === 'filed') {
      ports.onFiled?.(part, outcome)
      await forget(part)
    } else if (outcome.state === 'sent') list.change(part.name, { state: 'sent' })
    else list.change(part.name, { state: 'refused', code: outcome.code })
  }

  async function forget(part: Part): Promise<void> {
    await store?.remove(part.name).catch(() => undefined)
    list.remove(part.name)
    if (!list.all().some((one) => one.source === part.source)) ports.onEmpty?.(part.source)
  }

  /** A part that is not taken, as a file; null: it cannot be read. */
  async function read(part: Part): Promise<File | null> {
    return (await store?.read(part.name).catch(() => null)) ?? null
  }

  /** A person wants it here no longer; any other than a refused one stays. */
  async function discard(part: Part): Promise<void> {
    if (list.get(part.name)?.state === 'refused') await forget(part)
    refresh()
  }

  const timer = window.setInterval(() => void look(), LOOK_MS)
  onScopeDispose(() => {
    window.clearInterval(timer)
    leaving.abort()
  })

  return {
    parts,
    owed: computed(() => owedOf(parts.value)),
    kept: computed(() => parts.value.filter((part) => ['recording', 'kept'].includes(part.state))),
    problem,
    left,
    adopt,
    measure,
    refresh,
    look: () => void look(),
    read,
    discard,
  }
}

/** However often it is sent: the centre says no to this part, or its file cannot be read here. */
function isNever(error: unknown): boolean {
  if (isDenied(error) || !(error instanceof ApiError)) return error instanceof PartUnreadable
  return error.status >= 400 && error.status < 500 && ![408, 409, 423, 425, 429, 460].includes(error.status)
}

function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : 'part_unreadable'
}

/** Nobody lets this source in just now: its token is void, or who is signed in may not. */
function isDenied(error: unknown): error is ApiError {
  return error instanceof ApiError && ([401, 403].includes(error.status) || error.code === 'unknown_source')
}
