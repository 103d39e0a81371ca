/** On which side of its dot a name stands, so that names of neighbours do not cover one another. */

export type Side = 'right' | 'left' | 'below' | 'above'

/** A dot in pixels, and how large its name is. */
export interface Named {
  x: number
  y: number
  w: number
  h: number
}

interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

const GAP = 10
const SIDES: readonly Side[] = ['right', 'left', 'below', 'above']

function box({ x, y, w, h }: Named, side: Side): Box {
  const left = side === 'right' ? x + GAP : side === 'left' ? x - GAP - w : x - w / 2
  const top = side === 'below' ? y + GAP : side === 'above' ? y - GAP - h : y - h / 2
  return { left, top, right: left + w, bottom: top + h }
}

function overlap(a: Box, b: Box): number {
  const w = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  return w > 0 && h > 0 ? w * h : 0
}

/** One after the other, each takes the side where it covers least of the others, their dots and the edge. */
export function sidesOf(all: readonly Named[], field: { w: number; h: number }): Side[] {
  const taken: Box[] = all.map(({ x, y }) => ({ left: x - 6, top: y - 6, right: x + 6, bottom: y + 6 }))
  return all.map((one) => {
    const cost = (side: Side): number => {
      const mine = box(one, side)
      const area = (mine.right - mine.left) * (mine.bottom - mine.top)
      const outside = area - overlap(mine, { left: 0, top: 0, right: field.w, bottom: field.h })
      return taken.reduce((sum, other) => sum + overlap(mine, other), outside)
    }
    const best = SIDES.reduce((found, side) => (cost(side) < cost(found) ? side : found))
    taken.push(box(one, best))
    return best
  })
}
