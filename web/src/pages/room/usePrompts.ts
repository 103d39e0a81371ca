/**
 * The prompts of this room's desk. `delivered` goes out when a prompt arrives; `shown` only when it
 * stands on a visible page (two frames after rendering), because the wall counts on that word.
 */

import { computed, nextTick, onScopeDispose, ref, watch } from 'vue'
import { nowUs } from '@/base/clock'
import type { Prompt } from '@/desk/protocol'
import { promptsOf } from '@/desk/state'
import type { Desk } from '@/desk/useDesk'

/** After this long nobody would ask it any more. */
const SAID_US = 120_000_000

/** Until the session is sealed. */
export const toAsk = (one: Prompt): boolean => !one.closed_us && ['issued', 'delivered', 'shown'].includes(one.state)

function nextFrames(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))
}

export function usePrompts(desk: Desk, room: string, mine: () => boolean) {
  /** Of the latest session only: what was meant for the person before is not asked of the next. */
  const all = computed(() => {
    const opened = (desk.state.detail?.sessions ?? []).filter((one) => one.room === room).map((one) => one.opened_us)
    const since = Math.max(0, ...opened)
    return promptsOf(desk.state, room).filter((one) => (one.times.issued_us ?? since) >= since)
  })
  /** Waiting to be asked, the newest first: it takes the middle of the page. */
  const waiting = computed(() =>
    all.value.filter(toAsk).reverse(),
  )
  const settled = computed(() =>
    all.value.filter((one) => !toAsk(one)).reverse(),
  )

  /** Stood here and was taken back: said until it was read. Never shown, it just does not come. */
  const read = ref(new Set<string>())
  const withdrawn = computed(() =>
    all.value.filter((one) => one.state === 'withdrawn' && one.times.shown_us && !one.times.declined_us && !read.value.has(one.id) && nowUs.value - one.times.withdrawn_us! < SAID_US).reverse(),
  )

  const delivered = new Set<string>()
  const shown = new Set<string>()

  // Settles on reconnect (`keep`); a refusal means that another desk of the room was first.
  const tell = (type: 'prompt.delivered' | 'prompt.shown', prompt: string): void =>
    void desk.link.send({ type, prompt }, 'keep').catch(() => undefined)

  async function reportShown(): Promise<void> {
    if (!mine() || document.visibilityState !== 'visible') return
    await nextTick()
    await nextFrames()
    if (document.visibilityState !== 'visible') return
    for (const prompt of waiting.value) {
      if (prompt.times.shown_us || shown.has(prompt.id)) continue
      shown.add(prompt.id)
      tell('prompt.shown', prompt.id)
    }
  }

  watch(
    () => waiting.value.map((one) => one.id).join(),
    () => {
      if (!mine()) return
      for (const prompt of waiting.value) {
        if (prompt.times.delivered_us || delivered.has(prompt.id)) continue
        delivered.add(prompt.id)
        tell('prompt.delivered', prompt.id)
      }
      void reportShown()
    },
    { immediate: true },
  )
  const visible = (): void => void reportShown()
  document.addEventListener('visibilitychange', visible)
  onScopeDispose(() => document.removeEventListener('visibilitychange', visible))

  return {
    waiting,
    settled,
    withdrawn,
    readWithdrawn: (prompt: string) => (read.value = new Set([...read.value, prompt])),
    acknowledge: (prompt: string) =>
      desk.link.send({ type: 'prompt.acknowledge', prompt }, 'keep'),
    decline: (prompt: string, reason: string) =>
      desk.link.send({ type: 'prompt.decline', prompt, reason }, 'keep'),
  }
}
