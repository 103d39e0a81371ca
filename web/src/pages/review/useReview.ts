/**
 * The clock of a review, and the lanes that follow it. The lane that is heard leads while it runs, so
 * its sound is never bent; the pictures are held to it. The clock stands while a lane that is shown
 * has something and waits for it, and runs on through what was not recorded.
 */
import { computed, onScopeDispose, ref, shallowRef, triggerRef } from 'vue'
import { get } from '@/api/client'
import { reviewAt } from '@/api/first'
import { nowUs } from '@/base/clock'
import { LanePlayer } from '@/media/lane-player'
import { correction, laneKey, laneOf, nextRecorded, openingOf, rangeOf, stateAt, stepFrom } from './clock'
import type { Stretch } from './clock'
import type { Review, ReviewLane } from './types'

export const RATES = [0.5, 1, 1.5, 2, 4] as const
const TICK_MS = 40
/** Pictures shown together: each is decoded on this machine. */
export const PICTURES_MAX = 6

export function useReview(caseId: () => string) {
  const review = shallowRef<Review | null>(null)
  const problem = shallowRef<unknown>(null)
  const position = ref(0)
  const playing = ref(false)
  const waiting = ref(false)
  const rate = ref(1)
  const heard = ref('')
  const shown = ref<string[]>([])
  const drift_ms = ref(0)
  const players = new Map<string, LanePlayer>()
  const version = shallowRef(0)

  const lanes = computed(() => review.value?.lanes ?? [])
  const running = computed(() => review.value?.sessions.some((one) => one.closed_us === null) ?? false)
  const range = computed<Stretch>(() => {
    if (!review.value) return { from_us: 0, to_us: 1 }
    return rangeOf(review.value.sessions, review.value.lanes, running.value ? Math.floor(nowUs.value / 5e6) * 5e6 : 0)
  })
  const active = computed(() => lanes.value.filter((one) => shown.value.includes(laneKey(one)) || laneKey(one) === heard.value))
  const lane = computed(() => lanes.value.find((one) => laneKey(one) === heard.value) ?? null)
  /** Nothing was recorded now by what is watched; where it goes on, null when nowhere. */
  const nothing = computed(() => active.value.length > 0 && active.value.every((one) => stateAt(one, position.value).state !== 'recorded'))
  const goesOn = computed(() => (nothing.value ? nextRecorded(active.value, position.value) : null))

  async function load(sessions: string[], at_us: number | null, wanted: string): Promise<void> {
    try {
      const found = await get<Review>(reviewAt(caseId(), sessions))
      review.value = found
      problem.value = null
      const start = openingOf(found.lanes) ?? range.value.to_us
      position.value = Math.min(Math.max(at_us ?? start, range.value.from_us), range.value.to_us)
      heard.value = ''
      const first = laneOf(found.lanes, wanted, position.value)
      if (first) heard.value = laneKey(first)
      const pictures = found.lanes.filter((one) => one.picture).map(laneKey)
      const mine = heard.value && pictures.includes(heard.value) ? [heard.value] : []
      shown.value = [...new Set([...mine, ...pictures])].slice(0, Math.max(2, Math.min(4, pictures.length)))
    } catch (error) {
      problem.value = error
    }
  }

  /** What happened meanwhile; the clock goes on. */
  async function refresh(): Promise<void> {
    if (!review.value) return
    const names = review.value.sessions.map((one) => one.id)
    review.value = await get<Review>(reviewAt(caseId(), names))
  }

  function attach(key: string, video: HTMLVideoElement): void {
    const one = lanes.value.find((each) => laneKey(each) === key)
    detach(key)
    if (!one) return
    const now = (): ReviewLane => lanes.value.find((each) => laneKey(each) === key) ?? one
    players.set(
      key,
      new LanePlayer(video, one.session, one.source, range.value.from_us, {
        endUs: () => now().end_us,
        nothingUntil: (us) => {
          const found = stateAt(now(), us)
          if (found.state === 'before') return now().start_us
          if (found.state === 'after') return Number.POSITIVE_INFINITY
          return found.span && found.span.track === 'all' ? found.span.end_us : null
        },
        correction,
      }),
    )
    triggerRef(version)
  }

  function detach(key: string): void {
    players.get(key)?.destroy()
    players.delete(key)
  }

  let last = performance.now()
  function tick(): void {
    const now = performance.now()
    const passed_us = Math.min(now - last, 500) * 1000 * rate.value
    last = now
    let ready = true
    const lead = players.get(heard.value)
    if (playing.value && lead?.leads && lane.value && stateAt(lane.value, position.value).state === 'recorded' && Math.abs(lead.shownUs() - position.value) < 300_000) {
      position.value = Math.max(position.value, lead.shownUs())
    } else if (playing.value && !waiting.value) position.value += passed_us
    const motion = !playing.value ? 'still' : waiting.value ? 'hold' : 'play'
    for (const [key, player] of players) {
      if (!player.follow(position.value, rate.value, motion) && active.value.some((one) => laneKey(one) === key)) ready = false
    }
    waiting.value = playing.value && !ready
    drift_ms.value = Math.round(Math.max(0, ...[...players.values()].filter((one) => one.running).map((one) => Math.abs(one.shownUs() - position.value) / 1000)))
    if (position.value >= range.value.to_us && playing.value) {
      position.value = range.value.to_us
      playing.value = false
    }
  }
  const timer = window.setInterval(tick, TICK_MS)
  onScopeDispose(() => {
    window.clearInterval(timer)
    for (const key of [...players.keys()]) detach(key)
  })

  function seek(us: number): void {
    position.value = Math.min(Math.max(us, range.value.from_us), range.value.to_us)
  }

  function toggle(): void {
    if (!playing.value && position.value >= range.value.to_us) seek(range.value.from_us)
    playing.value = !playing.value
  }

  /** One picture of the lane that is heard, or of the first that is shown. */
  async function step(by: 1 | -1): Promise<void> {
    playing.value = false
    const key = lane.value?.picture ? heard.value : shown.value[0]
    const player = key ? players.get(key) : undefined
    if (!player) return
    let next = stepFrom(player.frames(), position.value, by)
    if (next === null || Math.abs(next - position.value) > 1_000_000) {
      await player.ensure(position.value + by * 200_000)
      next = stepFrom(player.frames(), position.value, by) ?? next
    }
    if (next !== null) seek(next + 500)
  }

  function faster(by: 1 | -1): void {
    const i = RATES.indexOf(rate.value as (typeof RATES)[number])
    rate.value = RATES[Math.min(RATES.length - 1, Math.max(0, i + by))]!
  }

  function hear(key: string): void {
    heard.value = key
  }

  function show(key: string, on: boolean): void {
    const rest = shown.value.filter((one) => one !== key)
    shown.value = on ? [...rest, key].slice(-PICTURES_MAX) : rest
  }

  const problemOf = (key: string): string => {
    void version.value
    void position.value
    return players.get(key)?.problem ?? ''
  }

  return {
    ...{ review, problem, lanes, range, running, position, playing, waiting, rate, heard, shown, active, lane, nothing, goesOn, drift_ms },
    ...{ load, refresh, attach, detach, seek, toggle, step, faster, hear, show, problemOf },
  }
}

export type ReviewDesk = ReturnType<typeof useReview>
