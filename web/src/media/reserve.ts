/**
 * How much buffer to keep ahead of the play head: as little as this machine and network allow.
 * Starts low, grows when the picture had to wait, and shrinks again while it does not. No DOM.
 */

/** Seconds; two pictures of a slow camera, so that one may come late. */
export const LEAST_S = 0.12
export const MOST_S = 0.6
const GROWTH = 1.35
/** Quiet seconds before it shrinks, and by how much a second from then on. */
const PATIENCE_S = 8
const SHRINK_S = 0.008

export class Reserve {
  private seconds = LEAST_S
  private quietSince: number
  private shrunkAt: number

  constructor(now: number) {
    this.quietSince = now
    this.shrunkAt = now
  }

  /** The picture had to wait for media; `now` in seconds. */
  ranDry(now: number): void {
    this.seconds = Math.min(MOST_S, this.seconds * GROWTH)
    this.quietSince = now
    this.shrunkAt = now
  }

  target(now: number): number {
    if (now - this.quietSince > PATIENCE_S) {
      const since = Math.max(this.shrunkAt, this.quietSince + PATIENCE_S)
      this.seconds = Math.max(LEAST_S, this.seconds - (now - since) * SHRINK_S)
    }
    this.shrunkAt = now
    return this.seconds
  }
}
