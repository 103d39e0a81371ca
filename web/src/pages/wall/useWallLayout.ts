/**
 * Which layout the wall has, and what was made of it by hand. Kept in this browser (local storage)
 * per account and case: it is how somebody likes to look, not part of the case.
 */

import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'
import { fitted, read } from './layout'
import type { Tile } from './layout'
import { keep, readKept } from '@/api/kept'
import { MODES, comparison, matrixWide, overview, rowPx, spotlight } from './presets'
import type { Mode, Stock } from './presets'

interface Stored {
  mode: Mode
  on: string
  pair: [string, string]
  hidden: string[]
  /** Further pictures of a room that stand in the room's own. */
  inset: string[]
  /** Only layouts that were changed by hand; the others follow the case. */
  own: Partial<Record<Mode, Tile[]>>
}

/** Where a further picture of a room stands. */
export type Where = 'tile' | 'inset' | 'hidden'

const KEEP_MS = 300

export function readStored(text: string | null): Stored {
  const nothing: Stored = { mode: 'overview', on: '', pair: ['', ''], hidden: [], inset: [], own: {} }
  let found: Partial<Stored> | null
  try {
    found = JSON.parse(text ?? 'null') as Partial<Stored> | null
  } catch {
    return nothing
  }
  if (typeof found !== 'object' || found === null) return nothing
  const words = (list: unknown): string[] => (Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string').slice(0, 64) : [])
  const pair = words(found.pair)
  const own: Stored['own'] = {}
  for (const mode of ['overview', 'matrix'] as const) {
    const tiles = read((found.own as Stored['own'] | undefined)?.[mode])
    if (tiles?.length) own[mode] = tiles
  }
  return {
    mode: MODES.includes(found.mode as Mode) ? (found.mode as Mode) : 'overview',
    on: typeof found.on === 'string' ? found.on : '',
    pair: [pair[0] ?? '', pair[1] ?? ''],
    hidden: words(found.hidden),
    inset: words(found.inset),
    own,
  }
}

/** What the wall is laid out for, at a desk and on a screen that is read from across the room. */
const DESK = { w: 1920, h: 1080 }
const ROOM = { w: 1536, h: 864 }

/**
 * How much larger all is drawn. A wall of 4K at its own pixels is drawn as the same screen of 1080
 * lines; one nobody sits at is larger still, whatever it has: its text is read from three metres.
 */
export function scaleOf(width: number, height: number, tv: boolean): number {
  if (!tv && (width < 3000 || height < 1600)) return 1
  const least = tv ? ROOM : DESK
  return Math.max(1, Math.floor(Math.min(width / least.w, height / least.h) * 20) / 20)
}

/** `hidden` and `inset` belong to whoever says what tiles there are; they are kept here. */
export function useWallLayout(key: Ref<string | null>, stock: Ref<Stock>, tv: Ref<boolean>, hidden: Ref<string[]>, inset: Ref<string[]>) {
  const mode = ref<Mode>('overview')
  const on = ref('')
  const pair = ref<[string, string]>(['', ''])
  const own = ref<Partial<Record<Mode, Tile[]>>>({})
  const scale = ref(1)
  const row = ref(0)
  const measure = (): void => {
    scale.value = scaleOf(window.innerWidth, window.innerHeight, tv.value)
    row.value = rowPx(window.innerHeight / scale.value, tv.value)
    // dialogs and menus lie outside the wall and are drawn as large (base.css)
    document.documentElement.style.setProperty('--drawn', String(scale.value))
  }
  watch(tv, measure, { immediate: true })
  window.addEventListener('resize', measure)
  onScopeDispose(() => {
    window.removeEventListener('resize', measure)
    document.documentElement.style.removeProperty('--drawn')
  })

  watch(
    key,
    (name) => {
      if (!name) return
      const stored = readStored(readKept(name))
      mode.value = stored.mode
      on.value = stored.on
      pair.value = stored.pair
      hidden.value = stored.hidden
      inset.value = stored.inset
      own.value = stored.own
    },
    { immediate: true },
  )

  let timer = 0
  watch(
    [mode, on, pair, hidden, inset, own],
    () => {
      const name = key.value
      if (!name) return
      window.clearTimeout(timer)
      const kept: Stored = { mode: mode.value, on: on.value, pair: pair.value, hidden: hidden.value, inset: inset.value, own: own.value }
      timer = window.setTimeout(() => {
        keep(name, JSON.stringify(kept))
      }, KEEP_MS)
    },
    { deep: true },
  )

  const shown = computed<Stock>(() => {
    const kept = (ids: string[]): string[] => ids.filter((id) => !hidden.value.includes(id))
    return { rooms: stock.value.rooms, devices: kept(stock.value.devices), panels: kept(stock.value.panels) }
  })
  const pictures = computed(() => [...stock.value.rooms, ...stock.value.devices])
  const lit = computed(() => (pictures.value.includes(on.value) ? on.value : (pictures.value[0] ?? '')))
  const two = computed<[string, string]>(() => {
    const { rooms } = stock.value
    const first = rooms.includes(pair.value[0]) ? pair.value[0] : (rooms.find((id) => id !== pair.value[1]) ?? '')
    const second = rooms.includes(pair.value[1]) && pair.value[1] !== first ? pair.value[1] : (rooms.find((id) => id !== first) ?? '')
    return [first, second]
  })
  const mayCompare = computed(() => stock.value.rooms.length > 1)
  const mayMove = computed(() => mode.value === 'overview' || mode.value === 'matrix')

  function preset(which: Mode): Tile[] {
    if (which === 'spotlight' && lit.value) return spotlight(shown.value, lit.value)
    if (which === 'compare' && mayCompare.value) return comparison(shown.value, two.value)
    if (which === 'matrix') return matrixWide(shown.value)
    return overview(shown.value, row.value)
  }

  const tiles = computed<Tile[]>(() => {
    const ready = preset(mode.value)
    const mine = own.value[mode.value]
    const wanted = [...shown.value.rooms, ...shown.value.devices, ...shown.value.panels]
    // a matrix that was arranged keeps what it had; the overview has everything
    if (mine) return fitted(mine, mode.value === 'overview' ? wanted : ready.map((tile) => tile.id))
    return ready
  })

  function arrange(next: Tile[]): void {
    if (mayMove.value) own.value = { ...own.value, [mode.value]: next }
  }

  function reset(): void {
    const { [mode.value]: _gone, ...rest } = own.value
    own.value = rest
    hidden.value = []
    inset.value = []
  }

  function setMode(next: Mode): void {
    mode.value = next === 'compare' && !mayCompare.value ? 'overview' : next
  }

  /** Puts a tile into the spotlight; the one that is there goes back. */
  function toggleSpotlight(id: string): void {
    if (mode.value === 'spotlight' && lit.value === id) {
      mode.value = 'overview'
      return
    }
    on.value = id
    mode.value = 'spotlight'
  }

  /** Brings a tile onto the board, whatever the layout. */
  function reveal(id: string): void {
    if (hidden.value.includes(id)) hidden.value = hidden.value.filter((one) => one !== id)
    if (!tiles.value.some((tile) => tile.id === id)) mode.value = 'overview'
  }

  function light(id: string): void {
    on.value = id
  }

  function compare(next: [string, string]): void {
    pair.value = next
  }

  function toggleHidden(id: string): void {
    hidden.value = hidden.value.includes(id) ? hidden.value.filter((one) => one !== id) : [...hidden.value, id]
  }

  /** Into the picture of its room, beside the others, or not at all. */
  function put(id: string, where: Where): void {
    hidden.value = [...hidden.value.filter((one) => one !== id), ...(where === 'hidden' ? [id] : [])]
    inset.value = [...inset.value.filter((one) => one !== id), ...(where === 'inset' ? [id] : [])]
  }

  return {
    mode, lit, two, tiles, scale, mayMove, mayCompare,
    changed: computed(() => own.value[mode.value] !== undefined || hidden.value.length > 0 || inset.value.length > 0),
    arrange, reset, setMode, reveal, light, compare, toggleSpotlight, toggleHidden, put,
  }
}
