/** Who attends a questioning beside the officers, as the centre tells it. No DOM, no Vue. */

import type { Attendant } from '@/api/types'

/** In the order in which they are offered; the centre has the same (record/content.py). */
export const ATTENDING = ['interpreter', 'guardian', 'appropriate_adult', 'lawyer', 'attesting_witness'] as const
/** Of these, who may attend an inspection. */
const ON_SITE: readonly string[] = ['interpreter', 'lawyer', 'attesting_witness']
export const dutiesIn = (room: { kind: string }): readonly AttendingDuty[] => ATTENDING.filter((duty) => room.kind !== 'site' || ON_SITE.includes(duty))
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

/** What the centre says of them: who attends, which list that is, and who attended the open session and left. */
export interface Attending {
  attendants: AttendantSaid[]
  attendants_version: string
  former: AttendantSaid[]
}

/** Somebody who is on the list no more: left, or never was there. */
export interface Off extends AttendantSaid {
  mistaken: boolean
}

const named = (list: readonly AttendantSaid[], name: string): AttendantSaid | undefined => list.find((one) => one.name === name)

/** What was changed here (`before` into `mine`), upon the list as somebody else has made it meanwhile. */
export function merged(before: readonly AttendantSaid[], mine: readonly AttendantSaid[], theirs: readonly AttendantSaid[]): AttendantSaid[] {
  const kept = theirs.flatMap((one) => {
    const [was, here] = [named(before, one.name), named(mine, one.name)]
    if (!was) return [one]
    return here ? [JSON.stringify(was) === JSON.stringify(here) ? one : here] : []
  })
  const added = mine.filter(({ name }) => !named(before, name) && !named(theirs, name))
  return [...kept, ...added].map((one) => ({ ...one }))
}

/** As the centre wants it: who attends, made from which list, and which of those who were taken off never were there. */
export const request = (chosen: readonly AttendantSaid[], off: readonly Pick<Off, 'name' | 'mistaken'>[], version: string): { attendants: AttendantSaid[]; mistaken: string[]; version: string } => ({
  version,
  attendants: chosen.map((one) => ({ ...one, detail: one.detail.trim() })),
  mistaken: off.filter((one) => one.mistaken).map((one) => one.name),
})
