/** The tiles of a case's wall: what there is, which number each has, what each may cost, who is heard. */

import { computed, nextTick, onScopeDispose, reactive, ref, watch } from 'vue'
import type { Ref } from 'vue'
import type { Room, Source } from '@/api/types'
import { useWords } from '@/base/words'
import { cameraOf, personOf, picturesOf } from '@/desk/state'
import type { Desk } from '@/desk/useDesk'
import { Strain, budgetOf, costsOf } from './costs'
import type { Picture } from './costs'
import { ALIGNED, MAP, MATRIX } from './presets'
import type { Stock } from './presets'
import type { Item } from './WallBoard.vue'

export interface WallTile extends Item {
  kind: 'room' | 'device' | 'site' | 'matrix' | 'map' | 'aligned'
  number: number
  room?: Room
  source?: Source
  /** The tile of the room whose picture it stands in; a tile of its own otherwise. */
  within?: string
}

/** More than this in one picture would cover it. */
export const MOST_INSETS = 2

/** Out of sight for this long: nothing is asked for any more. Scrolling past costs nothing. */
const UNSEEN_MS = 8_000
/** How often it is looked whether the machine keeps up. */
const LOOK_MS = 3_000

/** `inset`: ids of tiles that stand in the picture of their room instead of beside it. */
export function useWallTiles(desk: Desk, hasMap: Ref<boolean>, inset: Ref<readonly string[]>, hidden: Ref<readonly string[]>) {
  const { t, nameOf } = useWords()
  const { state } = desk

  const rooms = computed(() => state.detail?.rooms.filter((room) => room.kind === 'interview') ?? [])
  const sites = computed(() => state.detail?.rooms.filter((room) => room.kind === 'site') ?? [])
  /** Every picture but the one that a room's own tile shows. */
  const devices = computed(() => [
    ...sites.value.flatMap((room) => picturesOf(state, room.id)),
    ...rooms.value.flatMap((room) => picturesOf(state, room.id).filter((one) => one.id !== cameraOf(state, room.id)?.id)),
  ])
  const insets = computed(() => {
    const within = new Map<string, string>()
    for (const room of rooms.value) {
      const here = devices.value.filter((one) => one.room === room.id).map((one) => `device:${one.id}`)
      const wanted = here.filter((id) => inset.value.includes(id) && !hidden.value.includes(id))
      for (const id of wanted.slice(0, MOST_INSETS)) within.set(id, `room:${room.id}`)
    }
    return within
  })
  /** Whether one more fits into the picture of its room. */
  function mayInset(source: Source): boolean {
    const room = `room:${source.room}`
    return rooms.value.some((one) => one.id === source.room) && [...insets.value.values()].filter((one) => one === room).length < MOST_INSETS
  }

  const tiles = computed<WallTile[]>(() => {
    const made: WallTile[] = []
    rooms.value.forEach((room, i) => {
      const person = personOf(state, room)
      const label = person ? `${nameOf(room)} ${nameOf(person)}` : nameOf(room)
      made.push({ id: `room:${room.id}`, kind: 'room', label, picture: true, number: i + 1, room })
    })
    devices.value.forEach((source, i) => {
      const id = `device:${source.id}`
      const room = [...sites.value, ...rooms.value].find((one) => one.id === source.room)!
      const within = insets.value.get(id)
      made.push({ id, kind: 'device', label: nameOf(source), picture: true, number: rooms.value.length + i + 1, source, room, ...(within ? { within } : {}) })
    })
    for (const room of sites.value) {
      made.push({ id: `site:${room.id}`, kind: 'site', label: t('board.instruments', { name: nameOf(room) }), picture: false, number: 0, room })
    }
    made.push({ id: MATRIX, kind: 'matrix', label: t('board.matrix'), picture: false, number: 0 })
    if (hasMap.value) made.push({ id: MAP, kind: 'map', label: t('board.map'), picture: false, number: 0 })
    if (rooms.value.length > 1) made.push({ id: ALIGNED, kind: 'aligned', label: t('board.aligned'), picture: false, number: 0 })
    return made
  })

  const stock = computed<Stock>(() => ({
    rooms: rooms.value.map((room) => `room:${room.id}`),
    devices: devices.value.map((one) => `device:${one.id}`).filter((id) => !insets.value.has(id)),
    panels: tiles.value.filter((one) => ['site', 'matrix', 'map'].includes(one.kind)).map((one) => one.id),
  }))

  /** The tile that digits or a press chose; it has the sound when sound is on. */
  const focused = ref<string | null>(null)
  const sound = ref(false)
  const audible = computed(() => (sound.value ? (focused.value ?? tiles.value[0]?.id ?? null) : null))

  function toggleSound(id: string | undefined): void {
    if (!id) return
    if (sound.value && audible.value === id) {
      sound.value = false
      return
    }
    focused.value = id
    sound.value = true
  }

  return { rooms, sites, devices, tiles, stock, focused, sound, audible, toggleSound, mayInset }
}

/** Which tiles are on the screen, and from that what their pictures may cost. */
export function useCosts(
  board: Ref<HTMLElement | null>,
  /** `within`: the tile it is seen in, where that is not its own. */
  pictures: Ref<(Omit<Picture, 'seen'> & { within?: string | undefined })[]>,
  ids: Ref<string[]>,
) {
  const seen = reactive(new Set<string>())
  const leaving = new Map<string, number>()
  const strain = new Strain(budgetOf(navigator.hardwareConcurrency || 2))
  const budget = ref(strain.budget)

  function note(id: string, visible: boolean): void {
    window.clearTimeout(leaving.get(id))
    leaving.delete(id)
    if (visible) seen.add(id)
    else if (seen.has(id)) leaving.set(id, window.setTimeout(() => seen.delete(id), UNSEEN_MS))
  }

  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) note((entry.target as HTMLElement).dataset.tile ?? '', entry.isIntersecting)
  })
  watch(
    [board, ids],
    async () => {
      await nextTick()
      observer.disconnect()
      for (const tile of board.value?.querySelectorAll('[data-tile]') ?? []) observer.observe(tile)
    },
    { immediate: true },
  )

  const away = ref(document.hidden)
  let timer = 0
  const turned = (): void => {
    window.clearTimeout(timer)
    if (document.hidden) timer = window.setTimeout(() => (away.value = true), UNSEEN_MS)
    else away.value = false
  }
  document.addEventListener('visibilitychange', turned)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', turned)
    observer.disconnect()
    window.clearTimeout(timer)
    for (const waiting of leaving.values()) window.clearTimeout(waiting)
  })

  const costs = computed(() =>
    costsOf(
      // a tab in the background is not looked at, but one that is listened to goes on
      pictures.value.map((one) => ({ ...one, seen: one.audible || (seen.has(one.within ?? one.id) && !away.value) })),
      budget.value,
    ),
  )

  const count = pictureCounter()
  const looking = window.setInterval(() => {
    const moving = [...(board.value?.querySelectorAll<HTMLVideoElement>('[data-tile] video') ?? [])].filter((video) => {
      const tile = video.closest<HTMLElement>('[data-tile]')?.dataset.tile ?? ''
      return costs.value.get(tile) === 'full'
    })
    const { due, dropped } = count(moving)
    if (!document.hidden) budget.value = strain.look(due, dropped)
  }, LOOK_MS)
  onScopeDispose(() => window.clearInterval(looking))
  return costs
}

/** Pictures of these players since they were counted before. */
function pictureCounter(): (players: readonly HTMLVideoElement[]) => { due: number; dropped: number } {
  let before = new Map<HTMLVideoElement, VideoPlaybackQuality>()
  return (players) => {
    const now = new Map(players.map((video) => [video, video.getVideoPlaybackQuality()]))
    let due = 0
    let dropped = 0
    for (const [video, quality] of now) {
      const last = before.get(video)
      if (!last || quality.totalVideoFrames < last.totalVideoFrames) continue
      due += quality.totalVideoFrames - last.totalVideoFrames
      dropped += Math.max(0, quality.droppedVideoFrames - last.droppedVideoFrames)
    }
    before = now
    return { due, dropped }
  }
}
