/** Ready-made layouts of the wall: overview, one in the spotlight, two compared, the matrix wide. */

import { COLUMNS, ROWS } from './layout'
import type { Box, Tile } from './layout'

export type Mode = 'overview' | 'spotlight' | 'compare' | 'matrix'
export const MODES: readonly Mode[] = ['overview', 'spotlight', 'compare', 'matrix']

/** What a case has to show; pictures are rooms, then devices. */
export interface Stock {
  rooms: string[]
  devices: string[]
  /** Matrix, sites' instruments, map: whatever of them there is. */
  panels: string[]
}

export const MATRIX = 'matrix'
export const MAP = 'map'
export const ALIGNED = 'aligned'
const SITE = 'site:'

/** Beside the rooms there is room for this many devices; more of them share the rooms' field. */
const BESIDE = 4
/** What a tile beside the rooms needs to be of use, in pixels; more than a screen has is scrolled to. */
const LEAST_PX = { matrix: 270, picture: 156, site: 134 }
/** Height of a row on a screen of 1080 lines. */
export const ROW_PX = 33
/** All of a screen that is no board. */
const CHROME_PX = { desk: 280, tv: 4 }

/** Tiles side by side that fill a field, in as many columns as asked. */
export function filled(ids: readonly string[], field: Box, columns: number, leastHeight = 1): Tile[] {
  const across = Math.max(1, Math.min(columns, ids.length))
  const down = Math.ceil(ids.length / across)
  const height = Math.max(leastHeight, field.h / Math.max(1, down))
  return ids.map((id, i) => {
    const row = Math.floor(i / across)
    const here = row === down - 1 ? ids.length - row * across : across
    const at = i % across
    const x = Math.round((at * field.w) / here)
    const y = Math.round(row * height)
    return {
      id,
      x: field.x + x,
      y: field.y + y,
      w: Math.round(((at + 1) * field.w) / here) - x,
      h: Math.round((row + 1) * height) - y,
    }
  })
}

/** How many pictures stand beside one another in the rooms' field. */
function across(count: number): number {
  if (count <= 3) return count
  if (count === 4) return 2
  if (count <= 9) return 3
  return 4
}

function piled(heights: readonly [id: string, h: number][], x: number, y: number, w: number): Tile[] {
  let at = y
  return heights.map(([id, h]) => {
    const tile = { id, x, y: at, w, h }
    at += h
    return tile
  })
}

/** Height of a row on a screen; from the screen, so that a band that comes or goes moves no tile. */
export function rowPx(screenPx: number, tv = false): number {
  return Math.max(12, (screenPx - CHROME_PX[tv ? 'tv' : 'desk']) / ROWS)
}

export function overview(stock: Stock, row = ROW_PX): Tile[] {
  const beside = stock.devices.length <= BESIDE && stock.rooms.length <= 6
  const field = beside ? stock.rooms : [...stock.rooms, ...stock.devices]
  const devices = beside ? stock.devices : []
  const side = field.length === 0 ? COLUMNS : field.length <= 2 ? 18 : field.length <= 4 ? 16 : 14
  const wide = COLUMNS - side
  const pictures = filled(field, { x: 0, y: 0, w: wide, h: ROWS }, across(field.length), 6)
  return [...pictures, ...sideColumn(stock.panels, devices, { x: wide, w: side, row })]
}

/** Matrix on top, then devices with the map, instruments at the bottom. */
function sideColumn(panels: readonly string[], devices: readonly string[], { x, w, row }: { x: number; w: number; row: number }): Tile[] {
  const least = (what: keyof typeof LEAST_PX): number => Math.ceil(LEAST_PX[what] / row)
  const sites = panels.filter((id) => id.startsWith(SITE))
  const map = panels.filter((id) => id === MAP)
  const low = sites.length * least('site')
  const each = least('picture')
  // two devices stand one over the other, so that the map beside them is as high as both
  const stacked = map.length === 1 && devices.length === 2
  const rows = stacked ? 2 : Math.ceil((devices.length + map.length) / 2)
  const middle = rows === 1 ? Math.max(8, each) : rows * each
  const matrix = panels.includes(MATRIX) ? Math.max(least('matrix'), ROWS - low - middle) : 0
  const high = rows === 0 ? 0 : matrix ? middle : Math.max(middle, ROWS - low)
  const half = Math.floor(w / 2)
  const pictures = stacked
    ? [...filled(devices, { x, y: matrix, w: half, h: high }, 1), ...filled(map, { x: x + half, y: matrix, w: w - half, h: high }, 1)]
    : filled([...devices, ...map], { x, y: matrix, w, h: high }, 2)
  return [
    ...(matrix ? [{ id: MATRIX, x, y: 0, w, h: matrix }] : []),
    ...pictures,
    ...piled(sites.map((id) => [id, least('site')]), x, matrix + high, w),
  ]
}

/** One large, the other pictures in a strip; the matrix takes what the strip leaves. */
export function spotlight(stock: Stock, on: string): Tile[] {
  const others = [...stock.rooms, ...stock.devices].filter((id) => id !== on)
  const strip = others.length > 6 ? 16 : 12
  const columns = others.length > 6 ? 2 : 1
  const down = Math.ceil(others.length / columns)
  const each = down ? Math.max(4, Math.min(8, Math.floor(ROWS / down))) : 0
  const used = down * each
  const rest = stock.panels.includes(MATRIX) && on !== MATRIX && ROWS - used >= 6 ? ROWS - used : 0
  const w = others.length || rest ? COLUMNS - strip : COLUMNS
  return [
    { id: on, x: 0, y: 0, w, h: ROWS },
    ...filled(others, { x: w, y: 0, w: strip, h: used }, columns),
    ...(rest ? [{ id: MATRIX, x: w, y: used, w: strip, h: rest }] : []),
  ]
}

/** Two pictures, what both say in one script below them, the matrix beside. */
export function comparison(stock: Stock, pair: readonly [string, string]): Tile[] {
  const matrix = stock.panels.includes(MATRIX)
  const wide = matrix ? 32 : COLUMNS
  const half = wide / 2
  return [
    { id: pair[0], x: 0, y: 0, w: half, h: 11 },
    { id: pair[1], x: half, y: 0, w: half, h: 11 },
    { id: ALIGNED, x: 0, y: 11, w: wide, h: 13 },
    ...(matrix ? [{ id: MATRIX, x: wide, y: 0, w: COLUMNS - wide, h: ROWS }] : []),
  ]
}

/** The matrix large, the pictures beside it. */
export function matrixWide(stock: Stock): Tile[] {
  const pictures = [...stock.rooms, ...stock.devices]
  const side = pictures.length > 3 ? 18 : 14
  const w = pictures.length ? COLUMNS - side : COLUMNS
  return [
    { id: MATRIX, x: 0, y: 0, w, h: ROWS },
    ...filled(pictures, { x: w, y: 0, w: side, h: ROWS }, pictures.length > 3 ? 2 : 1, 4),
  ]
}
