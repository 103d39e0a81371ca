/** The case with its rooms, sources and sessions, to name what entries only mention. */

import { ref, shallowRef } from 'vue'
import { at, get } from '@/api/client'
import type { CaseDetail } from '@/api/types'
import { calendarDate, clockMinute } from '@/base/time'
import { useWords } from '@/base/words'

export function useCaseNames(id: string) {
  const { t, nameOf, calledIn, locale } = useWords()
  const detail = shallowRef<CaseDetail | null>(null)
  const problem = ref<unknown>(null)

  async function load(): Promise<void> {
    try {
      detail.value = await get<CaseDetail>(at`/api/cases/${id}`)
      problem.value = null
    } catch (error) {
      problem.value = error
    }
  }
  void load()

  const session = (name: string) => detail.value?.sessions.find((one) => one.id === name)
  function roomName(room: string): string {
    const found = detail.value?.rooms.find((one) => one.id === room)
    if (found) return nameOf(found)
    return detail.value?.sessions.find((one) => one.room === room)?.room_name ?? ''
  }
  function sourceName(source: string): string {
    const found = detail.value?.sources.find((one) => one.id === source)
    return found ? nameOf(found) : source ? t('log.anySource') : ''
  }
  function sessionName(name: string): string {
    const found = session(name)
    if (!found) return ''
    return [roomName(found.room), calledIn(detail.value?.people, found.person_name), calendarDate(found.opened_us, locale.value), clockMinute(found.opened_us)].filter(Boolean).join(' ')
  }
  function logName(log: string): string {
    return log === 'centre' ? t('log.centreLog') : t('log.recorderLog', { n: log.replace('recorder-', '') })
  }
  return { detail, problem, load, session, roomName, sourceName, sessionName, logName }
}
