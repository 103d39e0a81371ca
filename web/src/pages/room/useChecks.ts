/**
 * The check list of this tablet: what was tapped, what is seen, and saying it once the session is
 * open. Recording never waits for it: what could not be said yet is kept and tried again.
 */

import { computed, onScopeDispose, reactive, ref, watch } from 'vue'
import type { Ref } from 'vue'
import { ApiError, at, post } from '@/api/client'
import type { Room, SystemInfo } from '@/api/types'
import { pointsOf, unmetOf } from './checks'
import type { Points } from './checks'

export interface NoticeAnswers {
  understood: boolean
  recusal: boolean
  interpreter: boolean
}

/** What most people answer, spelled out on the button that says so. */
export const USUAL: NoticeAnswers = { understood: true, recusal: false, interpreter: false }

interface Waiting {
  points: Points
  hours_left: number | null
  reason: string
  notice: NoticeAnswers | null
  told: number // how many of the three messages are durable
}

const RETRY_MS = 4_000

export interface Seen {
  room: Ref<Room | null>
  person: Ref<boolean>
  fixed: Ref<boolean>
  luma: Ref<number | null>
  loudest: Ref<number | null>
  system: Ref<SystemInfo | null>
}

export function useChecks(seen: Seen) {
  const tapped = reactive({ officers: false, notice: null as NoticeAnswers | null })
  const waiting = ref<Waiting | null>(null)
  let timer = 0
  onScopeDispose(() => window.clearTimeout(timer))

  const points = computed(() =>
    pointsOf({
      person: seen.person.value,
      officers: seen.room.value?.officers.length ?? 0,
      officersConfirmed: tapped.officers,
      noticeAnswered: tapped.notice !== null,
      fixed: seen.fixed.value,
      luma: seen.luma.value,
      loudestDb: seen.loudest.value,
      space: seen.system.value?.recorder.reachable ? (seen.system.value.recorder.space ?? 'ok') : null,
    }),
  )
  const unmet = computed(() => unmetOf(points.value))

  /** The list as it stands now goes into the session that is being opened. */
  function started(reason: string): void {
    const hours = seen.system.value?.recorder.disk_hours_left ?? null
    waiting.value = {
      points: { ...points.value },
      hours_left: hours === null ? null : Math.floor(Math.min(hours, 100_000)),
      reason,
      notice: tapped.notice && { ...tapped.notice },
      told: 0,
    }
    tapped.officers = false
    tapped.notice = null
    void tell()
  }

  async function tell(): Promise<void> {
    window.clearTimeout(timer)
    const session = seen.room.value?.session?.id
    const list = waiting.value
    if (!session || !list) return
    const messages: [string, unknown][] = [
      ['checks', { points: list.points, hours_left: list.hours_left, reason: list.reason }],
      ...(list.notice
        ? ([
            ['notice/read', { language: 'zh', how: 'aloud' }],
            ['notice/answers', { ...list.notice, note: '' }],
          ] as [string, unknown][])
        : []),
    ]
    try {
      for (const [path, body] of messages.slice(list.told)) {
        await post(`${at`/api/sessions/${session}`}/${path}`, body)
        list.told += 1
      }
      waiting.value = null
    } catch (error) {
      // refused for good: the session says itself that it was started without a list
      if (error instanceof ApiError && [400, 403, 404].includes(error.status)) waiting.value = null
      else timer = window.setTimeout(() => void tell(), RETRY_MS)
    }
  }

  watch(() => seen.room.value?.session?.id, () => void tell())
  return { points, unmet, tapped, started, untold: computed(() => waiting.value !== null) }
}

export type CheckDesk = ReturnType<typeof useChecks>
