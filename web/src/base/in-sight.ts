/**
 * Whether something can be read on the screen, measured and not assumed: at points all over its box it is
 * asked what stands topmost there. Whatever covers it (a dialog, a strip, an edge it is scrolled behind, the
 * end of the window) is found that way without anybody having to say that it is there.
 */

const EDGE = 4
const ROW = 40
const COLUMNS = [0.04, 0.5, 0.96] as const

/** Points all over a box: three to a row, a row at least every 40 points, from its first line to its last. */
export function pointsOf(box: { left: number; top: number; width: number; height: number }): [number, number][] {
  const rows = Math.max(3, Math.ceil(box.height / ROW) + 1)
  const height = Math.max(0, box.height - 2 * EDGE)
  return Array.from({ length: rows }, (_, row) => box.top + EDGE + (height * row) / (rows - 1)).flatMap((y) =>
    COLUMNS.map((part): [number, number] => [box.left + box.width * part, y]),
  )
}

/** At which of its points an element stands topmost; none when it has no box. */
export function inSight(element: Element): boolean[] {
  const box = element.getBoundingClientRect()
  if (!box.width || !box.height) return []
  return pointsOf(box).map(([x, y]) => element.contains(document.elementFromPoint(x, y)))
}

/**
 * What of one thing has been on the screen so far. A point counts when two looks in a row found it, so that it
 * was painted in between; a text longer than its place counts once it was scrolled through. Another size is
 * another layout, and it begins anew.
 */
export class Sighting {
  private before: readonly boolean[] = []
  private seen: boolean[] = []

  note(now: readonly boolean[]): void {
    if (now.length !== this.before.length) this.seen = now.map(() => false)
    else now.forEach((yes, i) => (this.seen[i] ||= yes && this.before[i]!))
    this.before = now
  }

  /** All of it was there. */
  get whole(): boolean {
    return this.seen.length > 0 && this.seen.every(Boolean)
  }

  /** Any of it is there now. */
  get some(): boolean {
    return this.before.some(Boolean)
  }
}
