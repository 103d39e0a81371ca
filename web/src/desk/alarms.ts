/** Which alarms a page shows where, worst first. What an alarm says in words is `useAlarmWords`. */

import type { Alarm } from './protocol'

/** Nobody has taken notice yet: it stays on the page although it may be over. */
export const waits = (alarm: Alarm): boolean => alarm.acknowledged_us === undefined

/** What it says is still so. */
export const holds = (alarm: Alarm): boolean => alarm.cleared_us === undefined

/** Unacknowledged before acknowledged, holding before over, danger before warning, latest first. */
export function worstFirst(alarms: Iterable<Alarm>): Alarm[] {
  const rank = (one: Alarm): number =>
    (waits(one) ? 0 : 4) + (holds(one) ? 0 : 2) + (one.level === 'danger' ? 0 : 1)
  return [...alarms].sort((a, b) => rank(a) - rank(b) || b.raised_us - a.raised_us)
}

/** What a tile shows of its source: only what holds, the worst of it. */
export function holdingOf(alarms: Iterable<Alarm>, source: string): Alarm[] {
  return worstFirst(alarms).filter((one) => one.source === source && holds(one))
}
