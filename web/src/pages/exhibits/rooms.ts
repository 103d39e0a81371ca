/** The rooms something can be shown in, each with its connection. */
import { useStage } from './stage-link'
import type { StageLink } from './stage-link'

export interface StageRoom {
  id: string
  name: string
  name_en: string
  link: StageLink
}

/** In the order they are given; the connections end with the page. */
export function useStageRooms(rooms: { id: string; name: string; name_en: string }[]): StageRoom[] {
  return rooms.map((room) => ({ id: room.id, name: room.name, name_en: room.name_en, link: useStage(room.id, 'desk') }))
}
