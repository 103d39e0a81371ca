/** A position names an entry among all recorders' logs: recorder less one above bit 40, index below. */

const INDEXES = 2 ** 40

/** Where the entry stands in its own log. */
export function indexInLog(position: number): number {
  return position % INDEXES
}

/** The number of the recorder in whose log it stands, from 1. */
export function recorderOf(position: number): number {
  return Math.floor(position / INDEXES) + 1
}
