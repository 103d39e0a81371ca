/**
 * Where names stand beside their dots, so that none covers another, a dot or the edge. Without a
 * browser: whoever draws measures and multiplies.
 *
 * One after the other takes the first free of eight places around its dot; where all are taken, one of
 * those half a name further out, or the nearest free place anywhere, with a line to its dot. Only a field too full for another name has
 * names that overlap: as little as can be.
 */

export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** A dot, and how large its name is. */
export interface Named {
  x: number
  y: number
  w: number
  h: number
}

/** The upper left corner of a name; `from`: where a line to its dot begins, when it stands away from it. */
export interface Put {
  left: number
  top: number
  from: { x: number; y: number } | null
}

export interface Field {
  w: number
  h: number
  /** Between a dot and its name, and half of a dot. */
  gap?: number
  /** What is drawn there already. */
  keep?: readonly Box[]
}

/** Names keep this much from each other. */
const APART = 2
const EDGE = 3
/** Of the search for a free place. */
const STEP = 6

function overlap(a: Box, b: Box): number {
  const w = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  return w > 0 && h > 0 ? w * h : 0
}

/** Right, left, below, above, then the corners. */
function around({ x, y, w, h }: Named, gap: number): [number, number][] {
  const side = gap * 0.7
  return [
    [x + gap, y - h / 2], [x - gap - w, y - h / 2], [x - w / 2, y + gap], [x - w / 2, y - gap - h],
    [x + side, y + side], [x + side, y - side - h], [x - side - w, y + side], [x - side - w, y - side - h],
  ]
}

export function putLabels(all: readonly Named[], { w, h, gap = 10, keep = [] }: Field): Put[] {
  const dot = gap * 0.6
  const taken: Box[] = [...keep, ...all.map(({ x, y }) => ({ left: x - dot, top: y - dot, right: x + dot, bottom: y + dot }))]
  const whole = { left: EDGE, top: EDGE, right: w - EDGE, bottom: h - EDGE }

  return all.map((one) => {
    const box = ([left, top]: readonly [number, number]): Box => ({ left, top, right: left + one.w, bottom: top + one.h })
    const cost = (at: readonly [number, number]): number => {
      const mine = box(at)
      return taken.reduce((sum, other) => sum + overlap(mine, other), one.w * one.h - overlap(mine, whole))
    }
    const free = (at: readonly [number, number]): boolean => cost(at) < 0.01

    const near = around(one, gap)
    const beside = near.find(free)
    const away = beside ? undefined : (around(one, gap + one.h / 2 + APART).find(free) ?? nearest(one, { w, h }, free))
    const at = beside ?? away ?? near.reduce((best, next) => (cost(next) < cost(best) ? next : best))
    const mine = box(at)
    taken.push({ left: mine.left - APART, top: mine.top - APART, right: mine.right + APART, bottom: mine.bottom + APART })
    return { left: at[0], top: at[1], from: away ? edge(mine, one) : null }
  })
}

/** The free place of the field that is closest to the dot. */
function nearest(one: Named, field: { w: number; h: number }, free: (at: readonly [number, number]) => boolean): [number, number] | undefined {
  let found: [number, number] | undefined
  let least = Infinity
  for (let left = 0; left + one.w <= field.w; left += STEP) {
    for (let top = 0; top + one.h <= field.h; top += STEP) {
      const { x, y } = edge({ left, top, right: left + one.w, bottom: top + one.h }, one)
      const away = Math.hypot(x - one.x, y - one.y)
      if (away >= least || !free([left, top])) continue
      least = away
      found = [left, top]
    }
  }
  return found
}

/** The point of a box that is closest to a dot. */
function edge(box: Box, { x, y }: { x: number; y: number }): { x: number; y: number } {
  return { x: Math.min(box.right, Math.max(box.left, x)), y: Math.min(box.bottom, Math.max(box.top, y)) }
}

/** About how wide a text is where it cannot be measured; rather too wide. */
export function widthOf(text: string, size: number): number {
  return Array.from(text).reduce((sum, one) => sum + (one.codePointAt(0)! >= 0x2e80 ? 1 : 0.62), 0) * size
}
