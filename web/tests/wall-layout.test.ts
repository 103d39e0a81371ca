import { describe, expect, it } from 'vitest'
import { aligned } from '@/pages/wall/align'
import { Strain, budgetOf, costsOf } from '@/pages/wall/costs'
import { COLUMNS, MIN_HEIGHT, MIN_WIDTH, ROWS, depth, fitted, moved, overlap, place, read, resized, settle, stepped, swapped } from '@/pages/wall/layout'
import type { Tile } from '@/pages/wall/layout'
import { comparison, matrixWide, overview, rowPx, spotlight } from '@/pages/wall/presets'
import type { Stock } from '@/pages/wall/presets'
import { readStored, scaleOf } from '@/pages/wall/useWallLayout'
import type { Utterance } from '@/desk/protocol'

const tile = (id: string, x: number, y: number, w: number, h: number): Tile => ({ id, x, y, w, h })
const two = [tile('a', 0, 0, 24, 24), tile('b', 24, 0, 24, 24)]

function sound(tiles: Tile[]): void {
  for (const one of tiles) {
    expect(one.x).toBeGreaterThanOrEqual(0)
    expect(one.y).toBeGreaterThanOrEqual(0)
    expect(one.x + one.w).toBeLessThanOrEqual(COLUMNS)
    expect(one.w).toBeGreaterThanOrEqual(MIN_WIDTH)
    expect(one.h).toBeGreaterThanOrEqual(MIN_HEIGHT)
    for (const other of tiles) if (other !== one) expect(overlap(one, other), `${one.id} over ${other.id}`).toBe(false)
  }
}

/** Always the same sequence. */
function random(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31
}

describe('layout', () => {
  it('changes places with the tile it is dropped on', () => {
    const next = moved(two, 'a', { x: 22, y: 1 }, { x: 30, y: 5 })
    expect(next.find((one) => one.id === 'a')).toMatchObject({ x: 24, w: 24 })
    expect(next.find((one) => one.id === 'b')).toMatchObject({ x: 0, w: 24 })
  })

  it('takes the size of the place it changes to', () => {
    const next = swapped([tile('a', 0, 0, 30, 24), tile('b', 30, 0, 18, 12)], 'a', 'b')
    expect(next.find((one) => one.id === 'a')).toMatchObject({ x: 30, w: 18, h: 12 })
  })

  it('lets the neighbour follow the edge, so that a full screen stays full', () => {
    const next = resized(two, 'a', { w: 30, h: 24 })
    expect(next).toEqual([tile('a', 0, 0, 30, 24), tile('b', 30, 0, 18, 24)])
    expect(resized(next, 'a', { w: 20, h: 24 })).toEqual([tile('a', 0, 0, 20, 24), tile('b', 20, 0, 28, 24)])
  })

  it('pushes what would become too small out of the way', () => {
    const next = resized(two, 'a', { w: 47, h: 24 })
    sound(next)
    expect(next.find((one) => one.id === 'b')!.y).toBe(24)
    expect(depth(next)).toBe(48)
  })

  it('goes one place with a key, and one cell where nobody is', () => {
    expect(stepped(two, 'a', 'right').find((one) => one.id === 'a')!.x).toBe(24)
    expect(stepped([tile('a', 0, 0, 12, 8)], 'a', 'right')[0]).toMatchObject({ x: 1, y: 0 })
    expect(stepped([tile('a', 0, 0, 12, 8)], 'a', 'left')[0]).toMatchObject({ x: 0 })
  })

  it('never overlaps and never leaves the grid, whatever is done', () => {
    const next = random(7)
    let tiles = fitted([], Array.from({ length: 16 }, (_, i) => `t${i}`))
    for (let i = 0; i < 600; i += 1) {
      const id = `t${Math.floor(next() * 16)}`
      const kind = Math.floor(next() * 3)
      const at = { x: Math.floor(next() * 60) - 6, y: Math.floor(next() * 60) - 6 }
      if (kind === 0) tiles = moved(tiles, id, at, next() < 0.5 ? { x: Math.abs(at.x) % COLUMNS, y: Math.abs(at.y) } : undefined)
      else if (kind === 1) tiles = resized(tiles, id, { w: next() * 60, h: next() * 60 })
      else tiles = stepped(tiles, id, (['left', 'right', 'up', 'down'] as const)[Math.floor(next() * 4)]!)
      if (i % 20 === 0) sound(tiles)
    }
    sound(tiles)
    expect(tiles.map((one) => one.id).sort()).toEqual(Array.from({ length: 16 }, (_, i) => `t${i}`).sort())
  })

  it('takes in what is new and lets go what is gone', () => {
    const next = fitted(two, ['b', 'c'])
    sound(next)
    expect(next.map((one) => one.id)).toEqual(['b', 'c'])
    expect(place([], { w: 12, h: 8 })).toMatchObject({ x: 0, y: 0 })
  })

  it('falls up until it meets something', () => {
    expect(settle([tile('a', 0, 9, 10, 5), tile('b', 0, 30, 10, 5)])).toEqual([tile('a', 0, 0, 10, 5), tile('b', 0, 5, 10, 5)])
  })

  it.each([null, 7, {}, [null], [{ id: 'a', x: 'far' }], [tile('a', 0, 0, 9, 9), tile('a', 9, 0, 9, 9)], Array.from({ length: 70 }, (_, i) => tile(`t${i}`, 0, i, 9, 3))])(
    'does not take %j for a stored layout',
    (stored) => expect(read(stored)).toBeNull(),
  )

  it('puts right what was stored for another grid', () => {
    const tiles = read([tile('a', -5, -9, 900, 900), tile('b', 0, 0, 10, 10)])!
    sound(tiles)
  })

  it.each(['', '{', 'null', '[]', '{"mode":"dance","own":{"overview":7},"hidden":"all","pair":{"a":1}}'])('starts from nothing with %s', (text) => {
    expect(readStored(text)).toEqual({ mode: 'overview', on: '', pair: ['', ''], hidden: [], inset: [], own: {} })
  })
})

function stock(rooms: number, devices: number): Stock {
  return {
    rooms: Array.from({ length: rooms }, (_, i) => `room:${i}`),
    devices: Array.from({ length: devices }, (_, i) => `device:${i}`),
    panels: devices ? ['site:s', 'matrix', 'map'] : ['matrix'],
  }
}

describe('presets', () => {
  const sizes = [[1, 0], [2, 0], [2, 2], [3, 1], [4, 4], [6, 0], [6, 5], [16, 0], [10, 6], [2, 14], [0, 3], [24, 8]] as const

  it.each(sizes)('%i rooms and %i devices lie sound in every preset', (rooms, devices) => {
    const what = stock(rooms, devices)
    const all = [...what.rooms, ...what.devices]
    const layouts = [overview(what), matrixWide(what), spotlight(what, all[0]!)]
    if (rooms > 1) layouts.push(comparison(what, [all[0]!, all[1]!]))
    for (const tiles of layouts) {
      sound(tiles)
      expect(settle(tiles)).toEqual(tiles) // nothing floats
      expect(new Set(tiles.map((one) => one.id)).size).toBe(tiles.length)
    }
    expect(layouts[0]!.map((one) => one.id).sort()).toEqual([...all, ...what.panels].sort())
  })

  it('leaves each tile beside the rooms enough of a low screen, the rooms on the first one', () => {
    const row = rowPx(768)
    const tiles = overview(stock(2, 2), row)
    sound(tiles)
    expect(settle(tiles)).toEqual(tiles)
    const high = (id: string): number => tiles.find((one) => one.id === id)!.h * row
    expect(high('matrix')).toBeGreaterThanOrEqual(270)
    expect(high('device:0')).toBeGreaterThanOrEqual(156)
    expect(high('map')).toBeCloseTo(high('device:0') + high('device:1'), 6)
    for (const room of tiles.filter((one) => one.id.startsWith('room:'))) expect(room.y + room.h).toBeLessThanOrEqual(ROWS)
  })

  it('is drawn larger on 4K, and larger still where nobody sits at it', () => {
    expect([[1366, 768], [1920, 1080], [2560, 1440]].map(([w, h]) => scaleOf(w!, h!, false))).toEqual([1, 1, 1])
    expect([[3840, 2160], [5120, 2880], [3840, 1600]].map(([w, h]) => scaleOf(w!, h!, false))).toEqual([2, 2.65, 1.45])
    expect([[1366, 768], [1920, 1080], [3840, 2160]].map(([w, h]) => scaleOf(w!, h!, true))).toEqual([1, 1.25, 2.5])
  })

  it('fills one screen with up to sixteen pictures', () => {
    for (const [rooms, devices] of [[2, 2], [6, 0], [16, 0], [2, 14]] as const) expect(depth(overview(stock(rooms, devices)))).toBe(ROWS)
  })
})

describe('costs', () => {
  const pictures = Array.from({ length: 16 }, (_, i) => ({ id: `p${i}`, seen: i < 12, audible: i === 11, focused: i === 10, area: i === 9 ? 500 : 40 }))

  it('moves what is heard, chosen and large; the rest costs little, the unseen nothing', () => {
    const costs = costsOf(pictures, 4)
    expect([...costs].filter(([, cost]) => cost === 'full').map(([id]) => id)).toEqual(['p0', 'p9', 'p10', 'p11'])
    expect([...costs].filter(([, cost]) => cost === 'slow')).toHaveLength(8)
    expect([...costs].filter(([, cost]) => cost === 'off').map(([id]) => id)).toEqual(['p12', 'p13', 'p14', 'p15'])
  })

  it('never leaves all standing, and grows with the machine', () => {
    expect([...costsOf(pictures, 0).values()].filter((one) => one === 'full')).toHaveLength(1)
    expect(budgetOf(1)).toBe(8)
    expect(budgetOf(2)).toBe(16)
    expect(budgetOf(64)).toBe(16)
  })

  it('moves fewer where the machine leaves pictures out, and tries more when it is calm', () => {
    const strain = new Strain(16)
    expect(strain.look(240, 6)).toBe(16)
    expect(strain.look(240, 40)).toBe(16) // once may be anything
    expect(strain.look(240, 40)).toBe(12)
    expect([...Array(20)].map(() => strain.look(180, 90)).at(-1)).toBe(4) // and never fewer
    expect(strain.look(10, 10)).toBe(4) // too few to say
    expect([...Array(19)].map(() => strain.look(60, 1)).at(-1)).toBe(4)
    expect(strain.look(60, 1)).toBe(8)
  })
})

describe('aligned', () => {
  const said = (id: string, start: number, end: number) => ({ id, start_us: start * 1e6, end_us: end * 1e6 }) as Utterance

  it('puts what was said together side by side and keeps the order', () => {
    const rows = aligned([said('a1', 0, 4), said('a2', 20, 22)], [said('b1', 1, 3), said('b2', 10, 12), said('b3', 21, 25)])
    expect(rows.map((row) => [row.a?.id, row.b?.id])).toEqual([['a1', 'b1'], [undefined, 'b2'], ['a2', 'b3']])
  })

  it('shows each sentence once, the latest of a long talk', () => {
    const many = Array.from({ length: 500 }, (_, i) => said(`a${i}`, i * 3, i * 3 + 2))
    const rows = aligned(many, [said('b', 10_000, 10_001)])
    expect(rows).toHaveLength(400)
    expect(rows.at(-1)!.b!.id).toBe('b')
  })
})
