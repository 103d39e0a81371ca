/** Who sits in a room, as the centre tells it; and what may be chosen. No DOM, no Vue. */

import type { CaseDetail, Officer, Person, Room } from '@/api/types'

export type Duty = 'interviewer' | 'clerk'
export interface OfficerSaid {
  name: string
  certificate: string
  duty: Duty
}
export interface OfficerOffer {
  name: string
  /** Empty: the account has none. */
  certificate: string
  room: string
  room_name: string
  room_name_en: string
  in_session: boolean
}
export interface Seats {
  officers: OfficerSaid[]
  offers: OfficerOffer[]
}

export const OFFICERS_MAX = 6
/** As case files write a duty. */
export const dutyOf = (written: string): Duty => (written === '记录人' ? 'clerk' : 'interviewer')

export const saidOf = (officers: readonly Officer[]): OfficerSaid[] =>
  officers.map(({ name, certificate, duty }) => ({ name, certificate, duty: dutyOf(duty) }))

/** Where somebody is to be questioned, or else sits. */
export const roomOf = (detail: CaseDetail, person: Person): Room | undefined =>
  detail.rooms.find((room) => room.person === person.id) ?? detail.rooms.find((room) => room.id === person.room)

/** Names that stand one after another, as either language sets them apart. */
export const namesIn = (text: string): string[] => text.split(/[、，,;；]/).map((one) => one.trim()).filter(Boolean)

/** The first asks, the second writes, unless somebody does. */
export function dutyFor(chosen: readonly OfficerSaid[]): Duty {
  return chosen.length && !chosen.some((one) => one.duty === 'clerk') ? 'clerk' : 'interviewer'
}

/** Whether somebody may be put beside those who are chosen. */
export function fits(chosen: readonly OfficerSaid[], one: { name: string; certificate: string }): boolean {
  const name = one.name.trim()
  const certificate = one.certificate.trim()
  return (
    chosen.length < OFFICERS_MAX && !!name && !!certificate &&
    !chosen.some((other) => other.name === name || other.certificate === certificate)
  )
}

/** One request that makes a room as it was. */
export type Step = [path: string, body: unknown]

const at = (room: string, what: string): string => `/api/rooms/${encodeURIComponent(room)}/${what}`
export const seatStep = (room: string, person: string): Step => [at(room, 'person'), { person }]
export const officersStep = (room: string, officers: OfficerSaid[]): Step => [at(room, 'officers'), { officers }]

/** What takes a seating back: whoever came over goes back, and who sat here sits here again. */
export function unseating(detail: CaseDetail, room: Room, person: string): Step[] {
  const from = person && detail.rooms.find((one) => one.person === person && one.id !== room.id)
  const back: Step[] = from ? [seatStep(from.id, person)] : []
  return from && !room.person ? back : [...back, seatStep(room.id, room.person ?? '')]
}

/** What takes a change of officers back, in the rooms they came from too. */
export function unnaming(detail: CaseDetail, room: Room, chosen: readonly OfficerSaid[]): Step[] {
  const others = detail.rooms.filter((one) => one.id !== room.id && one.officers.some((o) => chosen.some((c) => c.name === o.name && c.certificate === o.certificate)))
  return [officersStep(room.id, saidOf(room.officers)), ...others.map((one) => officersStep(one.id, saidOf(one.officers)))]
}
