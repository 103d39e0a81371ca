import { describe, expect, it } from 'vitest'
import { Sighting, pointsOf } from '@/base/in-sight'

const box = { left: 100, top: 200, width: 400, height: 120 }

describe('the points that are looked at', () => {
  it('reach from the first line to the last, and from edge to edge', () => {
    const points = pointsOf(box)
    expect(points.every(([x, y]) => x > 100 && x < 500 && y > 200 && y < 320)).toBe(true)
    expect(new Set(points.map(([x]) => x)).size).toBe(3)
    const rows = [...new Set(points.map(([, y]) => y))]
    expect(rows[0]).toBe(204)
    expect(rows.at(-1)).toBe(316)
    for (let i = 1; i < rows.length; i++) expect(rows[i]! - rows[i - 1]!).toBeLessThanOrEqual(40)
  })

  it('are three rows at least, also of one line', () => {
    expect(new Set(pointsOf({ ...box, height: 24 }).map(([, y]) => y)).size).toBe(3)
  })
})

describe('what was on the screen', () => {
  const all = [true, true, true]

  it('counts once it stood there in two looks', () => {
    const one = new Sighting()
    expect([one.whole, one.some]).toEqual([false, false])
    one.note(all)
    expect([one.whole, one.some]).toEqual([false, true])
    one.note(all)
    expect(one.whole).toBe(true)
  })

  it('never counts while any point of it is covered', () => {
    const one = new Sighting()
    for (let i = 0; i < 20; i++) one.note([true, false, true])
    expect([one.whole, one.some]).toEqual([false, true])
    one.note(all)
    expect(one.whole).toBe(false) // may have been for less than a picture
    one.note(all)
    expect(one.whole).toBe(true)
  })

  it('a long text is scrolled through', () => {
    const one = new Sighting()
    for (const now of [[true, false, false], [true, true, false], [false, true, true]]) one.note(now)
    expect(one.whole).toBe(false)
    one.note([false, false, true])
    expect(one.whole).toBe(true)
  })

  it('begins anew in another layout, and is nothing without a box', () => {
    const one = new Sighting()
    for (const now of [all, [], all]) one.note(now)
    expect(one.whole).toBe(false)
    one.note([])
    expect([one.whole, one.some]).toEqual([false, false])
  })
})
