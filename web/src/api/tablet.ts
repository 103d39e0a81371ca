/**
 * What a tablet keeps in this browser of check lists, notices and signatures: how long each counts, and that it is
 * gone after that, whoever signs in or out, also where its room is never opened again; but a signature that the centre
 * refused stays until a person dismisses it. It reads times only, and whether it was refused.
 */

/** Confirmed longer ago is confirmed again: people come and go. */
export const KEPT_US = 30 * 60_000_000
/** What the centre could not be told waits no longer than a session may last. */
export const WAITS_US = 24 * 3600_000_000

const TAPS = 'duizhi.checks.'
const LISTS = 'duizhi.untold.'
const SIGNATURES = 'duizhi.signing.'

type Kept = Record<string, Record<string, unknown> | undefined> | null
const isRecent = (value: unknown, now_us: number, for_us: number): boolean => typeof value === 'number' && now_us - value <= for_us

/** What still counts of a kept text; null: nothing does, or it is not ours. */
function counting(key: string, text: string, now_us: number): string | null {
  try {
    const kept = JSON.parse(text) as Kept | Kept[]
    if (key.startsWith(SIGNATURES)) {
      const left = [kept].flat().filter((one) => one?.refused || isRecent((one?.signing?.ink as Kept)?.to_us ?? (one?.signing?.unsigned as Kept)?.said_us, now_us, WAITS_US))
      return left.length ? JSON.stringify(Array.isArray(kept) ? left : kept) : null
    }
    const [at, for_us] = key.startsWith(TAPS) ? (['at_us', KEPT_US] as const) : (['started_us', WAITS_US] as const)
    return isRecent((kept as Kept)?.[at], now_us, for_us) ? text : null
  } catch {
    return null
  }
}

/** At signing in and out. `out`: the tokens of the room's camera go too; whoever signs in hands over what is left. */
export function sweepTablet(now_us: number, out = false): void {
  try {
    if (out) localStorage.removeItem('duizhi.room.sources')
    for (const key of Object.keys(localStorage).filter((one) => [TAPS, LISTS, SIGNATURES].some((prefix) => one.startsWith(prefix)))) {
      const text = localStorage.getItem(key) ?? ''
      const left = counting(key, text, now_us)
      if (left === null) localStorage.removeItem(key)
      else if (left !== text) localStorage.setItem(key, left)
    }
  } catch {
    // forbidden: nothing was kept either
  }
}
