/** Joins state, connection and API for one page; everything ends when the page is left. */

import { onScopeDispose, ref, watch } from 'vue'
import { at, get } from '@/api/client'
import { latestAt, olderAt } from '@/api/first'
import type { CaseDetail, LatestUtterances, UtterancePage } from '@/api/types'
import { noteServerTime, serverNowUs } from '@/base/clock'
import { websocketUrl } from '@/base/url'
import { forgetAccount, refreshAccount } from '@/api/account'
import { router } from '@/router'
import { CommandError, DeskConnection } from './connection'
import type { ConnectionState, Ports, Socket } from './connection'
import type { DeskKind, DurableMessage, EphemeralMessage } from './protocol'
import { desksHere, useChanges } from './useChanges'
import { unattended } from './unattended'
import { applyMessage, createDeskState, takeCase, takeShape, takeUtterances } from './state'

const browserPorts: Ports = {
  open: () => new WebSocket(websocketUrl('/ws')) as unknown as Socket,
  setTimer: (run, ms) => window.setTimeout(run, ms),
  clearTimer: (id) => window.clearTimeout(id),
  random: () => Math.random(),
}

export interface DeskOptions {
  case: string
  desk: DeskKind
  room?: string
  /** Shows what is said: the latest lines of its room, or of every room. */
  lines?: boolean
  /** False: none of the case's events; the case is loaded again when something of it changes. */
  follow?: boolean
  onEvent?(message: DurableMessage | EphemeralMessage): void
}

export function useDesk(options: DeskOptions) {
  const state = createDeskState()
  const connection = ref<ConnectionState>('connecting')
  /** When the connection was lost; null while it is up. */
  const lostAtUs = ref<number | null>(null)
  const loadError = ref<unknown>(null)

  /** The case and what is said are asked for together; what is said must not be the older of the two. */
  async function load(): Promise<number> {
    try {
      const asked = options.lines ? latest() : null
      asked?.catch(() => undefined) // thrown below; the case may fail first
      const detail = await get<CaseDetail>(at`/api/cases/${options.case}`)
      takeCase(state, detail)
      let lines = await asked
      if (lines && lines.cursor < detail.cursor) lines = await latest()
      takeLatest(lines, true)
      loadError.value = null
      return detail.cursor
    } catch (error) {
      loadError.value = error
      throw error
    }
  }

  const latest = (room = options.room): Promise<LatestUtterances> => get(latestAt(options.case, room))

  function takeLatest(found: LatestUtterances | null, newer = false): void {
    for (const [room, page] of Object.entries(found?.rooms ?? {})) takeLines(room, page, newer)
  }

  function takeLines(room: string, page: UtterancePage, newer = false): void {
    takeUtterances(state, room, page.utterances, newer)
    state.older.set(room, page.more)
  }

  /** Rooms given or taken back, people, devices and one's own role: no events of the case. */
  async function reshape(): Promise<void> {
    if (!state.detail || connection.value !== 'live') return // it is being loaded whole
    const added = takeShape(state, await get<CaseDetail>(at`/api/cases/${options.case}`))
    if (options.lines) await Promise.all(added.map(async (room) => takeLatest(await latest(room.id))))
  }

  /** Loads the page before the oldest line of a room. */
  async function loadOlder(room: string): Promise<void> {
    const cursors = (state.utterances.get(room) ?? []).map((line) => line.cursor)
    if (cursors.length) takeLines(room, await get<UtterancePage>(olderAt(options.case, room, Math.min(...cursors))))
  }

  const link = new DeskConnection(
    {
      type: 'hello',
      protocol: 1,
      case: options.case,
      desk: options.desk,
      ...(options.room ? { room: options.room } : {}),
      ...(unattended.value ? { unattended: true } : {}),
    },
    browserPorts,
    {
      load,
      onEvent(message) {
        applyMessage(state, message)
        options.onEvent?.(message)
      },
      onState(next) {
        connection.value = next
        state.liveSince = next === 'live' ? serverNowUs() : null
        if (next === 'live') {
          // also where the centre ended the connection because the role has changed
          if (lostAtUs.value !== null) {
            void refreshAccount()
            void reshape().catch(() => undefined)
          }
          lostAtUs.value = null
        }
        else if (next === 'refused') lostAtUs.value = null
        else if (next === 'waiting') lostAtUs.value ??= serverNowUs()
      },
      onRefused(code) {
        loadError.value = new CommandError(code)
        if (code !== 'login_required') return
        forgetAccount()
        void router.push({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
      },
      onServerTime: (us) => noteServerTime(us),
    },
  )

  watch(unattended, (now) => link.introduce(now))
  const online = () => link.reconnectNow()
  const followed = options.follow !== false
  const look = (): void => void load().catch(() => undefined) // the error stands in loadError
  const reshaped = (): void => void reshape().catch(() => undefined) // told again, or asked for with the next word
  window.addEventListener('online', online)
  if (followed) {
    link.start(true)
    desksHere.value += 1
    // a tablet follows who sits in its room; more of the case it needs not
    useChanges(options.room ? ['people', 'rooms'] : ['case', 'people', 'rooms', 'members'], reshape, options.case)
  } else {
    useChanges(['case', 'people', 'rooms', 'sessions', 'points', 'alarms', 'live'], load, options.case)
  }
  onScopeDispose(() => {
    if (followed) desksHere.value -= 1
    window.removeEventListener('online', online)
    link.stop()
  })

  return { case: options.case, followed, load, look, state, connection, lostAtUs, loadError, link, loadOlder, reshaped }
}

export type Desk = ReturnType<typeof useDesk>
