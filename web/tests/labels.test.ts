import { describe, expect, it } from 'vitest'
import { putLabels, widthOf } from '@/base/labels'
import type { Box, Named, Put } from '@/base/labels'

const FIELD = { w: 400, h: 300 }
const NAME = { w: 100, h: 36 }
const boxOf = (one: Named, put: Put): Box => ({ left: put.left, top: put.top, right: put.left + one.w, bottom: put.top + one.h })
const meet = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** What a drawing must not have: names over one another, over a dot, over what is kept, or outside. */
function faults(all: readonly Named[], field: { w: number; h: number; keep?: readonly Box[] }): string[] {
  const boxes = putLabels(all, field).map((put, i) => boxOf(all[i]!, put))
  const found: string[] = []
  boxes.forEach((one, i) => {
    if (one.left < 0 || one.top < 0 || one.right > field.w || one.bottom > field.h) found.push(`${i} is outside`)
    boxes.slice(i + 1).forEach((other, j) => meet(one, other) && found.push(`${i} covers ${i + 1 + j}`))
    for (const dot of all) if (dot.x > one.left && dot.x < one.right && dot.y > one.top && dot.y < one.bottom) found.push(`${i} covers a dot`)
    for (const kept of field.keep ?? []) if (meet(one, kept)) found.push(`${i} covers what stands there`)
  })
  return found
}

describe('names beside their dots', () => {
  it('stand to the right where nothing is, and elsewhere at an edge', () => {
    expect(putLabels([{ x: 200, y: 150, ...NAME }], FIELD)).toEqual([{ left: 210, top: 132, from: null }])
    expect(putLabels([{ x: 390, y: 150, ...NAME }], FIELD)[0]).toMatchObject({ left: 280, from: null })
    expect(putLabels([{ x: 10, y: 4, ...NAME }], FIELD)[0]).toMatchObject({ left: 17, top: 11 })
  })

  it('do not cover the dot beside them', () => {
    const both = [{ x: 200, y: 150, ...NAME }, { x: 230, y: 150, ...NAME }]
    expect(putLabels(both, FIELD)[0]).toMatchObject({ left: 90 })
    expect(faults(both, FIELD)).toEqual([])
  })

  it('are told apart where dots lie on one another, with lines where they had to go away', () => {
    const heap = Array.from({ length: 9 }, () => ({ x: 200, y: 150, ...NAME }))
    expect(faults(heap, FIELD)).toEqual([])
    const away = putLabels(heap, FIELD).filter((one) => one.from)
    expect(away.length).toBeGreaterThan(0)
    for (const { left, top, from } of away) {
      // the line begins at the name
      expect(from!.x >= left && from!.x <= left + NAME.w && from!.y >= top && from!.y <= top + NAME.h).toBe(true)
    }
  })

  it('leave alone what is drawn there already', () => {
    const keep = [{ left: 205, top: 100, right: 400, bottom: 200 }]
    expect(faults([{ x: 200, y: 150, ...NAME }], { ...FIELD, keep })).toEqual([])
  })

  it('overlap nowhere in a hundred fields of any eight devices', () => {
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return (seed / 2147483648) * below
    }
    for (let n = 0; n < 100; n += 1) {
      const middle = { x: random(FIELD.w), y: random(FIELD.h) }
      const spread = 10 + random(200)
      const all = Array.from({ length: 8 }, () => ({
        x: Math.min(FIELD.w, Math.max(0, middle.x + random(spread) - spread / 2)),
        y: Math.min(FIELD.h, Math.max(0, middle.y + random(spread) - spread / 2)),
        w: 60 + random(50),
        h: 36,
      }))
      expect(faults(all, FIELD), `field ${n}`).toEqual([])
    }
  })

  it('cover as little as can be where there is no place for all', () => {
    const many = Array.from({ length: 3 }, () => ({ x: 50, y: 20, ...NAME }))
    expect(putLabels(many, { w: 110, h: 40 })).toHaveLength(3)
  })
})

describe('how wide a text is', () => {
  it('counts a Chinese character whole, a Latin one by the half', () => {
    expect(widthOf('无人机', 20)).toBe(60)
    expect(widthOf('ab', 20)).toBeCloseTo(24.8)
  })
})
