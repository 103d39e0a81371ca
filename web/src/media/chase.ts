/** Where the play head should go to stay at the live edge. A pure function of what is buffered. */

export interface Range {
  start: number
  end: number
}

export interface Advice {
  seekTo: number | null
  rate: number
}

/** Further behind than this it is quicker to jump than to run. */
export const JUMP_S = 1.5
const HOLE_S = 0.1

/** `target`: seconds of buffer ahead of the play head just after a fragment arrived (reserve.ts). */
export function chase(ranges: readonly Range[], currentTime: number, target: number): Advice {
  const last = ranges.at(-1)
  if (!last) return { seekTo: null, rate: 1 }
  const behind = last.end - currentTime
  const edge = Math.max(last.start, last.end - target)
  if (behind > JUMP_S) return { seekTo: edge, rate: 1 }
  const here = ranges.find((range) => currentTime >= range.start - 0.01 && currentTime < range.end)
  const next = ranges.find((range) => range.start > currentTime)
  const stuck = !here || here.end - currentTime < HOLE_S
  if (stuck && next) return { seekTo: Math.max(next.start, next === last ? edge : 0), rate: 1 }
  if (behind < -0.5) return { seekTo: edge, rate: 1 } // the timeline went back under the play head
  return { seekTo: null, rate: rateFor(behind, target) }
}

/** Small steps that an ear does not mind. */
function rateFor(behind: number, target: number): number {
  if (behind > target + 0.5) return 1.25
  if (behind > target + 0.15) return 1.12
  if (behind > target + 0.04) return 1.04
  if (behind < target - 0.2) return 0.9
  if (behind < target - 0.06) return 0.97
  return 1
}
