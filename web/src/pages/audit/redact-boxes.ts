/** Places to be blurred, in thousandths of the picture: drawn, moved and sized without leaving it. */

export interface Place {
  x: number
  y: number
  w: number
  h: number
}

export type Side = keyof Place

const WHOLE = 1000
/** Smaller than this nobody marks on purpose. */
export const LEAST = 10
export const STEP = 10
/** More than this is a picture to be covered whole. */
export const MOST_PLACES = 20

const whole = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, Number.isFinite(value) ? Math.round(value) : least))

/** The nearest place that lies in the picture. */
export function inside(place: Place): Place {
  const x = whole(place.x, 0, WHOLE - LEAST)
  const y = whole(place.y, 0, WHOLE - LEAST)
  return { x, y, w: whole(place.w, LEAST, WHOLE - x), h: whole(place.h, LEAST, WHOLE - y) }
}

/** One step of a key: the place goes, or its lower right corner does. */
export function stepped<T extends Place>(place: T, key: string, size: boolean, by = STEP): T {
  const dx = key === 'ArrowLeft' ? -by : key === 'ArrowRight' ? by : 0
  const dy = key === 'ArrowUp' ? -by : key === 'ArrowDown' ? by : 0
  if (size) return { ...place, ...inside({ ...place, w: place.w + dx, h: place.h + dy }) }
  return { ...place, x: whole(place.x + dx, 0, WHOLE - place.w), y: whole(place.y + dy, 0, WHOLE - place.h) }
}

/** One number typed in per cent. */
export function typed<T extends Place>(place: T, side: Side, percent: number): T {
  if (side === 'x') return { ...place, x: whole(percent * 10, 0, WHOLE - place.w) }
  if (side === 'y') return { ...place, y: whole(percent * 10, 0, WHOLE - place.h) }
  return { ...place, ...inside({ ...place, [side]: percent * 10 }) }
}

/** Where a place begins that nobody drew: in the middle, away from those there are. */
export function fresh(count: number): Place {
  const off = (count % 5) * 40
  return { x: 350 + off, y: 350 + off, w: 300, h: 300 }
}
