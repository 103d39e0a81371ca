/** Rooms a case has, and those it may ask for; giving and taking back are entries of the log. */

import { computed, shallowRef } from 'vue'
import { at, get, post } from '@/api/client'
import type { Room } from '@/api/types'
import { useAct } from '@/base/act'
import { useChanges } from '@/desk/useChanges'

export interface RoomOffer {
  id: string
  name: string
  name_en: string
  kind: 'interview' | 'site'
  sources: number
  state: 'own' | 'free' | 'taken' | 'retired'
  /** Of the case that has it, where one may read that case. */
  case_number: string
  session_us: number | null
}
interface Offers { rooms: RoomOffer[]; may_manage: boolean }

export function useCaseRooms(of: string, changed: () => void) {
  const found = shallowRef<Offers | null>(null)
  const { busy, problem, act } = useAct()
  const taken = shallowRef<Room | null>(null)
  const path = at`/api/cases/${of}/rooms`

  async function look(): Promise<void> {
    try {
      if (!busy.value) found.value = await get<Offers>(path)
    } catch {
      // the page's own band says that the centre is away; what was known stays
    }
  }
  useChanges(['rooms', 'sessions'], look, of)

  const change = (what: () => Promise<Offers>): Promise<boolean> =>
    act(async () => {
      found.value = await what()
      changed()
    })

  /** One that was just taken back comes with who sat there. */
  async function give(room: string): Promise<boolean> {
    const before = taken.value?.id === room ? taken.value : null
    const again = before ? { again: { person: before.person ?? '', officers: before.officers.map((one) => one.id), attendants: before.attendants?.map((one) => one.id) ?? [] } } : {}
    const given = await change(() => post<Offers>(path, { room, ...again }))
    if (given) taken.value = null
    return given
  }

  async function takeBack(room: Room): Promise<void> {
    const before = { ...room }
    if (await change(() => post<Offers>(`${path}/${encodeURIComponent(room.id)}/free`, {}))) taken.value = before
  }

  const mayManage = computed(() => found.value?.may_manage ?? false)
  const others = computed(() => found.value?.rooms.filter((one) => one.state !== 'own') ?? [])
  return { busy, problem, taken, mayManage, others, look, give, takeBack }
}
