/**
 * What each picture may cost. Sixteen moving pictures are shown on two cores, but then some are
 * dropped and the page stands still for a tenth of a second now and then, and nobody watches
 * sixteen: the nearest to attention move, the others show about a picture a second, and what is out
 * of sight stands still. Recording is not touched by any of it.
 */

import type { Cost } from '@/media/live-player'

export type { Cost }

export interface Picture {
  id: string
  seen: boolean
  audible: boolean
  focused: boolean
  /** In grid cells. */
  area: number
}

/**
 * Moving pictures at once: as many as the cores show without dropping any to speak of, beside all
 * else that runs here (`benchmarks/wall.py`; figures in web/README.md).
 */
export function budgetOf(cores: number): number {
  return Math.max(4, Math.min(16, Math.floor(cores) * 4))
}

export function costsOf(pictures: readonly Picture[], budget: number): Map<string, Cost> {
  const rank = (one: Picture): number => (one.audible ? 2 : 0) + (one.focused ? 1 : 0)
  const order = pictures
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => one.seen)
    .sort((a, b) => rank(b.one) - rank(a.one) || b.one.area - a.one.area || a.index - b.index)
  const moving = new Set(order.slice(0, Math.max(1, budget)).map(({ one }) => one.id))
  return new Map(pictures.map((one) => [one.id, moving.has(one.id) ? 'full' : one.seen ? 'slow' : 'off']))
}
