import { describe, expect, it } from 'vitest'
import { boxOf, moved, placeOf, plainLook, zoomed, UNITS } from '@/pages/exhibits/geometry'

const sheet = { width: 400, height: 300 }
const wide = { width: 1000, height: 300 }
const tall = { width: 300, height: 1000 }

describe('a sheet on a stage', () => {
  it('is fitted as a whole and stands in the middle', () => {
    expect(boxOf(sheet, wide, plainLook())).toEqual({ width: 400, height: 300, left: 300, top: 0 })
    expect(boxOf(sheet, tall, plainLook())).toEqual({ width: 300, height: 225, left: 0, top: 387.5 })
    expect(boxOf(sheet, { width: 0, height: 0 }, plainLook()).width).toBe(0)
  })

  it('keeps the place under the pointer while it is zoomed', () => {
    const look = { ...plainLook(), zoom: 400 }
    const at = placeOf(boxOf(sheet, wide, look), 480, 130)!
    const nearer = zoomed(sheet, wide, look, 1.5, 480, 130)
    expect(nearer.zoom).toBe(600)
    const still = placeOf(boxOf(sheet, wide, nearer), 480, 130)!
    expect(Math.abs(still[0] - at[0])).toBeLessThan(5)
    expect(Math.abs(still[1] - at[1])).toBeLessThan(5)
  })

  it('shows the same middle on every screen', () => {
    const look = { ...plainLook(), zoom: 800, x: 4200, y: 6100 }
    for (const stage of [wide, tall]) {
      const middle = placeOf(boxOf(sheet, stage, look), stage.width / 2, stage.height / 2)!
      expect(Math.abs(middle[0] - 4200)).toBeLessThan(5)
      expect(Math.abs(middle[1] - 6100)).toBeLessThan(5)
    }
  })

  it('never leaves the stage, whatever it is moved by', () => {
    let look = { ...plainLook(), zoom: 300 }
    for (const [dx, dy] of [[9000, 9000], [-20000, -20000], [13, -7]] as const) {
      look = moved(sheet, wide, look, dx, dy)
      const box = boxOf(sheet, wide, look)
      expect(box.left).toBeLessThanOrEqual(0)
      expect(box.left + box.width).toBeGreaterThanOrEqual(wide.width - 1)
      expect(look.x).toBeGreaterThanOrEqual(0)
      expect(look.x).toBeLessThanOrEqual(UNITS)
    }
    expect(zoomed(sheet, wide, look, 1e9, 0, 0).zoom).toBe(1200)
    expect(zoomed(sheet, wide, look, 1e-9, 0, 0).zoom).toBe(100)
  })

  it('has no place beside it', () => {
    expect(placeOf(boxOf(sheet, wide, plainLook()), 10, 10)).toBeNull()
    expect(placeOf(boxOf(sheet, wide, plainLook()), 500, 150)).toEqual([5000, 5000])
  })
})
