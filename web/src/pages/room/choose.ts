/** Which rooms a tablet offers, and in which order: what is open first, then the rooms one sits in. */

import type { CaseDetail, Room } from '@/api/types'

/** Cases looked at; more are opened by their own page. */
export const CASES_MAX = 12

export interface Choice {
  case: CaseDetail
  rooms: Room[]
}

/** `bound`: the rooms an account may act in, none: all of them. */
export function choices(cases: readonly CaseDetail[], bound: readonly string[], name: string): Choice[] {
  const first = (room: Room): number => Number(room.session !== null) * 2 + Number(room.officers.some((one) => one.name === name))
  return cases
    .map((one) => ({
      case: one,
      rooms: one.rooms.filter((room) => room.kind === 'interview' && (!bound.length || bound.includes(room.id))).sort((a, b) => first(b) - first(a)),
    }))
    .filter((one) => one.rooms.length)
}
