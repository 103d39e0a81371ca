/**
 * Loudness and small pictures of what is seen of the time line, asked for a little at a time: minutes
 * that are seen first, ten at once, one request in the air. What did not come is asked for again later.
 */
import { onScopeDispose, ref, shallowReactive, watch } from 'vue'
import { at, get, getBytes } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import { laneKey } from './clock'
import type { Stretch } from './clock'
import type { ReviewLane } from './types'

export const TILE_US = 60_000_000
export const VALUES = 1200
const TILES_AT_ONCE = 10
const STILLS_AT_ONCE = 12
const SETTLED_MS = 250
const AGAIN_MS = 4_000

export interface Still {
  t_us: number
  url: string
}

export function useStrips(lanes: () => readonly ReviewLane[], view: () => Stretch, stillStep: () => number) {
  /** By lane and minute. */
  const loudness = shallowReactive(new Map<string, Map<number, Uint8Array>>())
  const stills = shallowReactive(new Map<string, Still[]>())
  const missing = ref(0)
  const drawn = ref(0)
  const asked = new Map<string, number>()
  let over = false
  let timer = 0

  function wantedTiles(lane: ReviewLane): number[] {
    const { from_us, to_us } = view()
    const first = Math.floor(Math.max(from_us, lane.start_us) / TILE_US)
    // of what still runs only whole minutes are drawn
    const over = lane.end_us === null ? Math.floor((serverNowUs() - 5e6) / TILE_US) : Math.ceil(lane.end_us / TILE_US)
    const last = Math.min(Math.ceil(to_us / TILE_US), over)
    const have = loudness.get(laneKey(lane))
    const found = []
    for (let tile = first; tile < last; tile += 1) if (!have?.has(tile)) found.push(tile)
    return found
  }

  async function drawSome(): Promise<boolean> {
    const open = lanes().filter((one) => one.sound).map((lane) => ({ lane, tiles: wantedTiles(lane) }))
    missing.value = open.reduce((sum, one) => sum + one.tiles.length, 0)
    const next = open.find((one) => one.tiles.length)
    if (!next) return false
    const first = next.tiles[0]!
    const run = next.tiles.filter((tile) => tile < first + TILES_AT_ONCE)
    const last = run.at(-1)! + 1
    const path = at`/api/sessions/${next.lane.session}/sources/${next.lane.source}/loudness?from_us=${first * TILE_US}&to_us=${last * TILE_US}`
    const bytes = new Uint8Array((await getBytes(path)).bytes)
    const key = laneKey(next.lane)
    const kept = new Map(loudness.get(key))
    for (let tile = first; tile < last; tile += 1) kept.set(tile, bytes.subarray((tile - first) * VALUES, (tile - first + 1) * VALUES))
    loudness.set(key, kept)
    drawn.value += last - first
    return true
  }

  async function pictureSome(): Promise<boolean> {
    const { from_us, to_us } = view()
    const step = stillStep()
    for (const lane of lanes().filter((one) => one.picture)) {
      const key = laneKey(lane)
      const begin = Math.max(from_us, lane.start_us)
      const end = Math.min(to_us, lane.end_us ?? to_us)
      const moments = []
      for (let us = Math.ceil(begin / step) * step; us < end && moments.length < STILLS_AT_ONCE; us += step) {
        if (!asked.has(`${key} ${us}`)) moments.push(us)
      }
      if (!moments.length) continue
      const path = `${at`/api/sessions/${lane.session}/sources/${lane.source}/stills`}?at_us=${moments.join(',')}`
      const found = (await get<{ stills: { t_us: number; jpeg: string }[] }>(path)).stills
      for (const us of moments) asked.set(`${key} ${us}`, us)
      const kept = new Map((stills.get(key) ?? []).map((one) => [one.t_us, one]))
      for (const one of found) kept.set(one.t_us, { t_us: one.t_us, url: `data:image/jpeg;base64,${one.jpeg}` })
      stills.set(key, [...kept.values()].sort((a, b) => a.t_us - b.t_us))
      return true
    }
    return false
  }

  let busy = false
  async function work(): Promise<void> {
    if (busy) return
    busy = true
    try {
      while (!over && ((await drawSome()) || (await pictureSome())));
    } catch {
      later(AGAIN_MS) // the strip is no evidence; what is played says what is wrong
    } finally {
      busy = false
    }
  }
  function later(ms: number): void {
    window.clearTimeout(timer)
    if (!over) timer = window.setTimeout(() => void work(), ms)
  }
  watch([lanes, view, stillStep], () => later(SETTLED_MS), { immediate: true })
  onScopeDispose(() => {
    over = true
    window.clearTimeout(timer)
  })
  return { loudness, stills, missing, drawn }
}
