/**
 * The prompts of this room's desk. `delivered` goes out when a prompt arrives; `shown` only when its text
 * was measured to stand uncovered on a visible page (`base/in-sight.ts`), because the wall counts on that word.
 */

import { computed, onScopeDispose, ref, watch } from 'vue'
import { nowUs } from '@/base/clock'
import { Sighting, inSight } from '@/base/in-sight'
import type { Prompt, SessionSummary } from '@/desk/protocol'
import { promptsOf } from '@/desk/state'
import type { Desk } from '@/desk/useDesk'

/** After this long nobody would ask it any more. */
const SAID_US = 120_000_000

/** Until the session is sealed. */
export const toAsk = (one: Prompt): boolean => !one.closed_us && ['issued', 'delivered', 'shown'].includes(one.state)

/** How often it is looked; longer than it takes to paint. */
const LOOK_MS = 100
/** Out of sight for so many looks, and a strip says that there is one. */
const MISSED_LOOKS = 6

export function usePrompts(desk: Desk, room: string, mine: () => boolean) {
  const latest = computed(() =>
    (desk.state.detail?.sessions ?? []).filter((one) => one.room === room).reduce<SessionSummary | null>((last, one) => (last && last.opened_us >= one.opened_us ? last : one), null),
  )
  const session = computed(() => latest.value?.id ?? '')
  /** Of the latest session only: what was meant for the person before is not asked of the next. */
  const all = computed(() => {
    const since = latest.value?.opened_us ?? 0
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

  /** Where each prompt's text stands on the page, and what of it was seen. */
  const places = new Map<string, Element>()
  const sightings = new Map<string, Sighting>()
  /** Prompts that came and that nobody could read here yet. */
  const unread = ref<Prompt[]>([])
  /** The newest of them is out of sight: it is said that there is one, never what it says. */
  const covered = ref(false)
  let missed = 0

  function standsAt(prompt: string, element: unknown): void {
    if (element instanceof Element) places.set(prompt, element)
    else places.delete(prompt)
  }

  function look(): void {
    for (const prompt of waiting.value) {
      const place = document.visibilityState === 'visible' ? places.get(prompt.id) : undefined
      const sighting = sightings.get(prompt.id) ?? new Sighting()
      sightings.set(prompt.id, sighting)
      sighting.note(place ? inSight(place) : [])
      if (!sighting.whole || !mine() || prompt.times.shown_us || shown.has(prompt.id)) continue
      shown.add(prompt.id)
      tell('prompt.shown', prompt.id)
    }
    unread.value = waiting.value.filter((one) => !one.times.shown_us && !sightings.get(one.id)!.whole)
    const newest = unread.value[0]
    missed = newest && !sightings.get(newest.id)!.some ? missed + 1 : 0
    covered.value = missed >= MISSED_LOOKS
  }
  let asked = 0
  /** With a picture of the page only: one that is not painted shows nothing, whatever stands where in it. */
  const timer = window.setInterval(() => {
    asked ||= requestAnimationFrame(() => {
      asked = 0
      look()
    })
  }, LOOK_MS)
  onScopeDispose(() => {
    window.clearInterval(timer)
    if (asked) cancelAnimationFrame(asked)
  })

  /** Brings the newest unread prompt before whoever reads. */
  function reveal(): void {
    const newest = unread.value[0] ?? waiting.value[0]
    if (newest) places.get(newest.id)?.scrollIntoView({ block: 'center' })
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
    },
    { immediate: true },
  )

  return {
    all,
    session,
    waiting,
    settled,
    withdrawn,
    unread,
    covered,
    standsAt,
    reveal,
    readWithdrawn: (prompt: string) => (read.value = new Set([...read.value, prompt])),
    acknowledge: (prompt: string) =>
      desk.link.send({ type: 'prompt.acknowledge', prompt }, 'keep'),
    decline: (prompt: string, reason: string) =>
      desk.link.send({ type: 'prompt.decline', prompt, reason }, 'keep'),
  }
}
