const FIRST_WAIT_MS = 400
const LONGEST_WAIT_MS = 8_000

/** How long to wait before attempt n (from 0): growing, bounded, with ±30 % jitter. */
export function backOff(attempt: number, random: number): number {
  const plain = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.8 ** attempt)
  return Math.round(plain * (0.7 + 0.6 * random))
}
