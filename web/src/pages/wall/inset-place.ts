/**
 * How many further pictures stand in the corner of a room's own, and how wide: they shrink with it, and
 * where they would be too small to tell anything, fewer do. Pure; nothing here knows who is heard.
 */

/** Points: the line below an inset, between insets, and the distance kept to the edges of the picture. */
export const BAR = 28
export const GAP = 6
export const EDGE = 8
/** The press that shows those for which there is no room. */
export const MORE = 32
/** Narrower than that shows nobody; who asks for it takes less, but not nothing. */
const LEAST = 96
const LEAST_ASKED = 64
const MOST = 300
/** Shares of the room's picture: of one beside its middle, of all below one another, of one that was asked for. */
const WIDE = 0.24
const HIGH = 0.62
const ASKED = 0.4

export interface InsetPlace {
  shown: number
  width: number
}

/** How many have a place of themselves, below one another. */
export function insetPlace(width: number, height: number, count: number): InsetPlace {
  for (let shown = count; shown > 0; shown--) {
    const more = shown < count ? MORE + GAP : 0
    const room = Math.min(height * HIGH, height - 2 * EDGE) - more - (shown - 1) * GAP
    const fits = fitting(width * WIDE, room / shown)
    if (fits >= LEAST) return { shown, width: fits }
  }
  return { shown: 0, width: 0 }
}

/** All of them, because somebody asks: side by side, in a picture however small; none where nothing could be seen. */
export function insetsAsked(width: number, height: number, count: number): InsetPlace {
  const wide = Math.min(width * ASKED, (width - 2 * EDGE - (count - 1) * GAP) / count)
  const fits = fitting(wide, height - 2 * EDGE - MORE - GAP)
  return fits < LEAST_ASKED ? { shown: 0, width: 0 } : { shown: count, width: fits }
}

/** The width of an inset in a place so wide and high, its line included. */
const fitting = (width: number, height: number): number => Math.max(0, Math.floor(Math.min(MOST, width, (height - BAR) * (16 / 9))))
