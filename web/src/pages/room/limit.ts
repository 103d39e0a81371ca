/**
 * How an interview stands to the agency's own rule of its length. Pauses count: the rule is about
 * how long the person has been kept, not about how much was recorded. It only tells; nothing stops.
 */

export interface LengthRule {
  longest_minutes: number // 0: no rule
  warn_minutes: number
}

export interface Standing {
  tone: 'plain' | 'near' | 'over'
  leftUs: number // negative once it is over
}

const MINUTE_US = 60_000_000

/** Nothing where the agency has no rule, or nothing runs. */
export function standing(rule: LengthRule | null, elapsedUs: number | null): Standing | null {
  if (!rule || !(rule.longest_minutes > 0) || elapsedUs === null) return null
  const leftUs = rule.longest_minutes * MINUTE_US - elapsedUs
  if (leftUs <= 0) return { tone: 'over', leftUs }
  return { tone: leftUs <= rule.warn_minutes * MINUTE_US ? 'near' : 'plain', leftUs }
}
