/**
 * What each picture may cost. Sixteen move on two cores; where the machine cannot keep up with that,
 * because it is slower or busy with something else, fewer do: the nearest to attention move, the
 * others show about a picture a second, and what is out of sight stands still. Recording is not
 * touched by any of it.
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

/** However many cannot be shown, so many move. */
const FEWEST = 4
/** So many more or fewer at a time. */
const STEP = 4
/** A look at fewer pictures than that says nothing. */
const LEAST_PICTURES = 20
/** More than this share of them not shown, twice in a row, is too many. */
const TOO_MANY = 0.1
/** After so many looks without, more are tried again. */
const CALM_LOOKS = 20

/**
 * Moving pictures at once to begin with: as many as the cores show beside all else that runs here
 * (`benchmarks/wall.py`; figures in web/README.md). `Strain` lowers it where that is too many.
 */
export function budgetOf(cores: number): number {
  return Math.max(FEWEST, Math.min(16, Math.floor(cores) * 8))
}

/** How many pictures may move, by how many of them the machine had to leave out. */
export class Strain {
  budget: number
  private strained = 0
  private calm = 0

  constructor(private readonly most: number) {
    this.budget = most
  }

  /** One look: pictures that were due since the last one, and of them those that were not shown. */
  look(due: number, dropped: number): number {
    if (due < LEAST_PICTURES) return this.budget
    const much = dropped / due > TOO_MANY
    this.strained = much ? this.strained + 1 : 0
    this.calm = much ? 0 : this.calm + 1
    if (this.strained >= 2) this.move(-STEP)
    else if (this.calm >= CALM_LOOKS) this.move(STEP)
    return this.budget
  }

  private move(by: number): void {
    this.strained = this.calm = 0
    this.budget = Math.max(Math.min(FEWEST, this.most), Math.min(this.most, this.budget + by))
  }
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
