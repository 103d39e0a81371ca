/**
 * Looks after the parts on this phone: forgets what the centre has, hands over what it lacks, one
 * after the other, oldest first. Goes on by itself for as long as the page is open.
 */

import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import { Centre } from './centre'
import type { Keyring } from './credentials'
import { handOver } from './hand-over'
import { fateOf, owedOf, PartList } from './parts'
import type { Part } from './parts'
import type { PartStore } from './part-store'

const LOOK_MS = 1_500
/** Parts the centre has and has not filed yet; more would fill its queue. */
const MOST_SENT = 6

export function useHandOver(store: PartStore | null, list: PartList, keyring: Keyring) {
  const parts = shallowRef<Part[]>(list.all())
  const problem = ref<string | null>(null)
  const left = ref<number | null>(null)
  let busy = false

  function refresh(): void {
    parts.value = list.all()
  }

  async function adopt(): Promise<void> {
    if (!store) return
    list.adopt(await store.list().catch(() => []))
    refresh()
    await measure()
  }

  async function measure(): Promise<void> {
    const room = await navigator.storage?.estimate?.().catch(() => null)
    left.value = room?.quota ? room.quota - (room.usage ?? 0) : null
  }

  async function look(): Promise<void> {
    if (busy || !store || !list.all().length) return
    busy = true
    try {
      await judge()
      await askAfterSent()
      await handOverNext()
      problem.value = null
    } catch (error) {
      problem.value = error instanceof ApiError ? error.code : 'unexpected'
    } finally {
      busy = false
      refresh()
      void measure()
    }
  }

  /** Which finished parts does the centre have already? */
  async function judge(): Promise<void> {
    for (const part of list.all().filter((one) => one.state === 'kept')) {
      const centre = centreOf(part)
      if (!centre) continue
      const { spans, protected_until_us } = await centre.recorded(part.start_us, part.end_us)
      const fate = fateOf(part, spans, protected_until_us, serverNowUs())
      if (fate === 'forget') await forget(part)
      if (fate === 'hand_over') list.change(part.name, { state: 'owed' })
    }
  }

  async function askAfterSent(): Promise<void> {
    for (const part of list.all().filter((one) => one.state === 'sent')) await carry(part)
  }

  async function handOverNext(): Promise<void> {
    const all = list.all()
    if (all.filter((one) => one.state === 'sent').length >= MOST_SENT) return
    const next = all.find((one) => one.state === 'owed')
    if (next) await carry(next)
  }

  async function carry(part: Part): Promise<void> {
    const known = keyring.of(part.source)
    if (!known || !store) return
    const outcome = await handOver(part, {
      token: known.token,
      read: (name) => store.read(name),
      change: (name, change) => {
        list.change(name, change)
        refresh()
      },
    })
    if (outcome.state === 'filed') await forget(part)
    else if (outcome.state === 'sent') list.change(part.name, { state: 'sent' })
    else list.change(part.name, { state: 'refused', code: outcome.code })
  }

  async function forget(part: Part): Promise<void> {
    await store?.remove(part.name).catch(() => undefined)
    list.remove(part.name)
  }

  function centreOf(part: Part): Centre | null {
    const known = keyring.of(part.source)
    return known ? new Centre(known) : null
  }

  const timer = window.setInterval(() => void look(), LOOK_MS)
  onScopeDispose(() => window.clearInterval(timer))

  return {
    parts,
    owed: computed(() => owedOf(parts.value)),
    kept: computed(() => parts.value.filter((part) => ['recording', 'kept'].includes(part.state))),
    problem,
    left,
    adopt,
    refresh,
    look: () => void look(),
  }
}
