/** Where the devices of a case are: what the centre knows when the wall opens, and every reading since. */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { at, get } from '@/api/client'
import { nowUs } from '@/base/clock'
import { useWords } from '@/base/words'
import type { DurableMessage, EphemeralMessage, Position } from '@/desk/protocol'
import type { DeskState } from '@/desk/state'
import { degrees, merged, placed } from './places'
import type { CaseMap, LatLon } from './places'

const AGAIN_MS = 10_000

export function usePlaces(state: DeskState, id: string) {
  const { nameOf } = useWords()
  const ground = shallowRef<CaseMap | null>(null)
  const tracks = shallowRef<ReadonlyMap<string, readonly Position[]>>(new Map())
  /** The ground could not be loaded; it is asked for again by itself. */
  const problem = ref<unknown>(null)
  let again = 0
  let left = false

  function add(found: readonly { device: string; points: readonly Position[] }[]): void {
    const next = new Map(tracks.value)
    for (const { device, points } of found) next.set(device, merged(next.get(device) ?? [], points))
    tracks.value = next
  }

  /** A reading that says where it was. */
  function take(message: DurableMessage | EphemeralMessage): void {
    if (message.type === 'reading' && message.position) add([{ device: message.device, points: [message.position] }])
  }

  async function load(): Promise<void> {
    window.clearTimeout(again)
    try {
      const found = await get<CaseMap>(at`/api/cases/${id}/map`)
      add(found.tracks)
      ground.value = found
      problem.value = null
    } catch (error) {
      problem.value = error
      if (!left) again = window.setTimeout(load, AGAIN_MS)
    }
  }
  // with the case, so also when it is loaded anew after a break
  watch(() => state.detail, (detail) => detail && void load())
  onScopeDispose(() => {
    left = true
    window.clearTimeout(again)
  })

  const devices = computed(() => placed(state.detail?.sources ?? [], tracks.value, nameOf, nowUs.value))
  const rooms = computed(() =>
    (ground.value?.places ?? []).flatMap((one) => {
      const room = state.detail?.rooms.find((known) => known.id === one.room)
      return room ? [{ name: nameOf(room), at: [degrees(one.lat_e7), degrees(one.lon_e7)] as LatLon }] : []
    }),
  )
  /** There is a map once something is known to stand somewhere, or the agency has a ground for it. */
  const present = computed(() => tracks.value.size > 0 || !!ground.value?.tiles || rooms.value.length > 0)

  return { ground, devices, rooms, present, problem, take }
}

export type Places = ReturnType<typeof usePlaces>
