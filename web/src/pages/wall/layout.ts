/**
 * The layout of the wall: tiles on a grid, without a browser. Whoever draws multiplies.
 *
 * A screen is 48 columns by 24 rows; a wall with more tiles goes on below it. Rules:
 *
 * 1. Tiles never overlap and never lie outside the columns. Every function returns such a layout,
 *    whatever it was given.
 * 2. Tiles fall up until they meet the top or another tile.
 * 3. A tile dropped on another changes places with it; dropped elsewhere it pushes others down.
 * 4. A neighbour that shares the edge being dragged follows it, so that a full screen stays full.
 */

export const COLUMNS = 48
export const ROWS = 24
export const MIN_WIDTH = 6
export const MIN_HEIGHT = 3
/** More than this nobody looks at; a stored layout that is longer is not ours. */
export const MOST_TILES = 64
const LOWEST = 400

export interface Box {
  x: number
  y: number
  w: number
  h: number
}

export interface Tile extends Box {
  id: string
}

export type Side = 'left' | 'right' | 'up' | 'down'

const whole = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Number.isFinite(value) ? Math.round(value) : least))

/** The nearest box that lies on the grid. */
export function snapped(box: Box): Box {
  const w = whole(box.w, MIN_WIDTH, COLUMNS)
  return {
    w,
    h: whole(box.h, MIN_HEIGHT, ROWS * 2),
    x: whole(box.x, 0, COLUMNS - w),
    y: whole(box.y, 0, LOWEST),
  }
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

function free(box: Box, placed: readonly Tile[]): boolean {
  return !placed.some((one) => overlap(one, box))
}

/** Puts each tile as high as it falls; `first` keeps its place and the others make room for it. */
export function settle(tiles: readonly Tile[], first?: string): Tile[] {
  const order = tiles.map((tile) => ({ id: tile.id, ...snapped(tile) }))
  order.sort((a, b) => Number(b.id === first) - Number(a.id === first) || a.y - b.y || a.x - b.x)
  const placed: Tile[] = []
  for (const tile of order) {
    while (!free(tile, placed)) tile.y += 1
    if (tile.id !== first) while (tile.y > 0 && free({ ...tile, y: tile.y - 1 }, placed)) tile.y -= 1
    placed.push(tile)
  }
  const again = first === undefined ? placed : settle(placed)
  const at = new Map(again.map((tile) => [tile.id, tile]))
  return tiles.map((tile) => at.get(tile.id)!)
}

function replaced(tiles: readonly Tile[], changed: readonly Tile[]): Tile[] {
  const by = new Map(changed.map((tile) => [tile.id, tile]))
  return tiles.map((tile) => by.get(tile.id) ?? tile)
}

export function swapped(tiles: readonly Tile[], a: string, b: string): Tile[] {
  const one = tiles.find((tile) => tile.id === a)
  const two = tiles.find((tile) => tile.id === b)
  if (!one || !two) return [...tiles]
  return settle(replaced(tiles, [{ ...two, id: a }, { ...one, id: b }]))
}

/** Drops a tile with its corner at a place; `over` is the cell under the pointer. */
export function moved(tiles: readonly Tile[], id: string, to: { x: number; y: number }, over?: { x: number; y: number }): Tile[] {
  const tile = tiles.find((one) => one.id === id)
  if (!tile) return [...tiles]
  const under = over && tiles.find((one) => one.id !== id && overlap(one, { ...over, w: 0.01, h: 0.01 }))
  if (under) return swapped(tiles, id, under.id)
  return settle(replaced(tiles, [{ ...tile, ...to }]), id)
}

/** One step of a key: changes places with the neighbour on that side, or goes one cell. */
export function stepped(tiles: readonly Tile[], id: string, side: Side): Tile[] {
  const tile = tiles.find((one) => one.id === id)
  if (!tile) return [...tiles]
  const next = neighbour(tiles, tile, side)
  if (next) return swapped(tiles, id, next.id)
  const dx = side === 'left' ? -1 : side === 'right' ? 1 : 0
  const dy = side === 'up' ? -1 : side === 'down' ? 1 : 0
  return settle(replaced(tiles, [{ ...tile, x: tile.x + dx, y: tile.y + dy }]), id)
}

/** The nearest tile on a side that shares a row (or column) with this one. */
export function neighbour(tiles: readonly Tile[], tile: Tile, side: Side): Tile | undefined {
  const beside = side === 'left' || side === 'right'
  const distance = (one: Tile): number => {
    if (side === 'left') return tile.x - (one.x + one.w)
    if (side === 'right') return one.x - (tile.x + tile.w)
    if (side === 'up') return tile.y - (one.y + one.h)
    return one.y - (tile.y + tile.h)
  }
  const shares = (one: Tile): boolean =>
    beside ? one.y < tile.y + tile.h && tile.y < one.y + one.h : one.x < tile.x + tile.w && tile.x < one.x + one.w
  return tiles
    .filter((one) => one.id !== tile.id && shares(one) && distance(one) >= 0)
    .sort((a, b) => distance(a) - distance(b) || a.y - b.y || a.x - b.x)[0]
}

/** Gives a tile another size; what shares the edge follows, what is in the way moves down. */
export function resized(tiles: readonly Tile[], id: string, size: { w: number; h: number }): Tile[] {
  const tile = tiles.find((one) => one.id === id)
  if (!tile) return [...tiles]
  const w = whole(size.w, MIN_WIDTH, COLUMNS - tile.x)
  const h = whole(size.h, MIN_HEIGHT, ROWS * 2)
  const now: Tile = { ...tile, w, h }
  const followed = tiles.map((one) => (one.id === id ? now : follow(one, tile, now)))
  return settle(followed, id)
}

function follow(one: Tile, before: Tile, now: Tile): Tile {
  const right = before.x + before.w
  const below = before.y + before.h
  let next = one
  if (one.x === right && one.y >= before.y && one.y + one.h <= below) {
    const shift = now.x + now.w - right
    if (one.w - shift >= MIN_WIDTH) next = { ...next, x: one.x + shift, w: one.w - shift }
  }
  if (one.y === below && one.x >= before.x && one.x + one.w <= right) {
    const shift = now.y + now.h - below
    if (one.h - shift >= MIN_HEIGHT) next = { ...next, y: one.y + shift, h: one.h - shift }
  }
  return next
}

/** The first place a box of this size fits, from the top and the left. */
export function place(tiles: readonly Tile[], size: { w: number; h: number }): Box {
  const box = snapped({ x: 0, y: 0, ...size })
  for (let y = 0; y < LOWEST; y += 1) {
    for (let x = 0; x + box.w <= COLUMNS; x += 1) {
      if (free({ ...box, x, y }, tiles)) return { ...box, x, y }
    }
  }
  return { ...box, y: LOWEST }
}

/** A layout for exactly these tiles: those gone leave, new ones come where there is room. */
export function fitted(tiles: readonly Tile[], ids: readonly string[]): Tile[] {
  const kept = settle(tiles.filter((tile) => ids.includes(tile.id)))
  for (const id of ids) {
    if (!kept.some((tile) => tile.id === id)) kept.push({ id, ...place(kept, { w: 12, h: 8 }) })
  }
  return settle(kept)
}

/** How far down the layout goes, in rows; at least a screen. */
export function depth(tiles: readonly Tile[]): number {
  return Math.max(ROWS, ...tiles.map((tile) => tile.y + tile.h))
}

/** What was stored, if it is a layout at all. */
export function read(stored: unknown): Tile[] | null {
  if (!Array.isArray(stored) || stored.length > MOST_TILES) return null
  const tiles: Tile[] = []
  for (const one of stored as unknown[]) {
    const tile = one as Partial<Tile> | null
    const numbers = [tile?.x, tile?.y, tile?.w, tile?.h]
    if (typeof tile?.id !== 'string' || !numbers.every((n) => typeof n === 'number' && Number.isFinite(n))) return null
    if (tiles.some((known) => known.id === tile.id)) return null
    tiles.push({ id: tile.id, ...snapped(tile as Tile) })
  }
  return settle(tiles)
}
