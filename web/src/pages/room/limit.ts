/**
 * How an interview stands to the agency's own rules: how long one interview may last, the hours of a person
 * over all sessions that count together, and the hours of the night. Pauses count: the rules are about how
 * long the person has been kept, not about how much was recorded. It only tells; nothing stops.
 */

export interface LengthRule {
  longest_minutes: number // 0: no rule
  warn_minutes: number
  hour_limits?: number[] // of the person, in hours
  hour_warn_minutes?: number[]
  night_from_hour?: number
  night_until_hour?: number // the same as the other: no rule
}

export interface Standing {
  of: 'agency' | 'hours'
  tone: 'plain' | 'near' | 'over'
  leftUs: number // negative once it is over
  minutes: number // of the rule that counts now
}

const MINUTE_US = 60_000_000
const HOUR_US = 60 * MINUTE_US
/** What weighs more is said; of two that weigh the same, the one that comes first. */
const WEIGHT = { hours: { near: 5, over: 4, plain: 1 }, agency: { near: 3, over: 2, plain: 1 } }

/**
 * The mark that counts now. Nothing where there is no rule, or nothing runs. `beforeUs`: what the person was
 * questioned in sessions that count together with this one.
 */
export function standing(rule: LengthRule | null, elapsedUs: number | null, beforeUs = 0): Standing | null {
  if (!rule || elapsedUs === null) return null
  const warn = { agency: rule.warn_minutes, hours: Math.max(0, ...(rule.hour_warn_minutes ?? [rule.warn_minutes])) }
  const mark = (of: Standing['of'], minutes: number): Standing => {
    const leftUs = minutes * MINUTE_US - elapsedUs - (of === 'hours' ? beforeUs : 0)
    return { of, minutes, leftUs, tone: leftUs <= 0 ? 'over' : leftUs <= warn[of] * MINUTE_US ? 'near' : 'plain' }
  }
  const marks = [mark('agency', rule.longest_minutes), ...(rule.hour_limits ?? []).map((one) => mark('hours', one * 60))]
  const weight = (one: Standing): number => WEIGHT[one.of][one.tone]
  return marks.filter((one) => one.minutes > 0).sort((a, b) => weight(b) - weight(a) || Math.abs(a.leftUs) - Math.abs(b.leftUs))[0] ?? null
}

/** Whether it is night by the agency's rule, by the clock of China. */
export function atNight(rule: LengthRule | null, us: number): boolean {
  const { night_from_hour: from, night_until_hour: until } = rule ?? {}
  if (from === undefined || until === undefined || from === until) return false
  const hour = (us / HOUR_US + 8) % 24
  return from < until ? hour >= from && hour < until : hour >= from || hour < until
}

/** 22.5: 22:30 */
export function hourWords(hour: number): string {
  const minutes = Math.round(hour * 60)
  return [Math.floor(minutes / 60), minutes % 60].map((one) => String(one).padStart(2, '0')).join(':')
}
