/**
 * How an interview stands to the agency's own rule of its length. Pauses count: the rule is about
 * how long the person has been kept, not about how much was recorded. It only tells; nothing stops.
 */

export interface LengthRule {
  longest_minutes: number // 0: no rule
  warn_minutes: number
  hour_limits?: number[] // further marks, in hours
}

export interface Standing {
  tone: 'plain' | 'near' | 'over'
  leftUs: number // negative once it is over
  minutes: number // of the rule that counts now
}

const MINUTE_US = 60_000_000

/**
 * The mark that counts now: the last one that is over, unless the next is near. Nothing where there
 * is no rule, or nothing runs.
 */
export function standing(rule: LengthRule | null, elapsedUs: number | null): Standing | null {
  if (!rule || elapsedUs === null) return null
  const marks = [rule.longest_minutes, ...(rule.hour_limits ?? []).map((one) => one * 60)]
    .filter((one) => one > 0)
    .sort((a, b) => a - b)
  const left = (minutes: number): number => minutes * MINUTE_US - elapsedUs
  const next = marks.find((one) => left(one) > 0)
  const over = marks.filter((one) => left(one) <= 0).at(-1)
  if (next !== undefined && left(next) <= rule.warn_minutes * MINUTE_US) return { tone: 'near', leftUs: left(next), minutes: next }
  if (over !== undefined) return { tone: 'over', leftUs: left(over), minutes: over }
  return next === undefined ? null : { tone: 'plain', leftUs: left(next), minutes: next }
}
