/** Who attends a questioning beside the officers, as the centre tells it. No DOM, no Vue. */

import type { Attendant } from '@/api/types'

/** In the order in which they are offered; the centre has the same (record/content.py). */
export const ATTENDING = ['interpreter', 'guardian', 'appropriate_adult', 'lawyer', 'attesting_witness'] as const
export type AttendingDuty = (typeof ATTENDING)[number]
export interface AttendantSaid {
  name: string
  duty: AttendingDuty
  detail: string
}

export const ATTENDANTS_MAX = 6

export const saidOf = (attendants: readonly Attendant[]): AttendantSaid[] =>
  attendants.map(({ name, duty, detail }) => ({ name, duty: duty as AttendingDuty, detail }))

/** Whether somebody may be put beside those who are chosen; `taken`: who sits here as somebody else. */
export function fits(chosen: readonly AttendantSaid[], name: string, taken: readonly string[]): boolean {
  const wanted = name.trim()
  return chosen.length < ATTENDANTS_MAX && !!wanted && !taken.includes(wanted) && !chosen.some((one) => one.name === wanted)
}

/** As the centre wants it: who attends, and which of those who were taken off never were there. */
export const request = (chosen: readonly AttendantSaid[], off: readonly { name: string; mistaken: boolean }[]): { attendants: AttendantSaid[]; mistaken: string[] } => ({
  attendants: chosen.map((one) => ({ ...one, detail: one.detail.trim() })),
  mistaken: off.filter((one) => one.mistaken).map((one) => one.name),
})
