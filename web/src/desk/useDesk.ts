/** Joins state, connection and API for one page; everything ends when the page is left. */

import { onScopeDispose, ref } from 'vue'
import { at, get } from '@/api/client'
import type { CaseDetail, UtterancePage } from '@/api/types'
import { noteServerTime, serverNowUs } from '@/base/clock'
import { websocketUrl } from '@/base/url'
import { forgetAccount, refreshAccount } from '@/api/account'
import { router } from '@/router'
import { CommandError, DeskConnection } from './connection'
import type { ConnectionState, Ports, Socket } from './connection'
import type { DeskKind, DurableMessage, EphemeralMessage } from './protocol'
import { useChanges } from './useChanges'
import { applyMessage, createDeskState, takeCase, takeShape, takeUtterances } from './state'

const PAGE = 200

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
  const roomsShown = (detail: CaseDetail) =>
    detail.rooms.filter((room) => !options.room || room.id === options.room)

  async function load(): Promise<number> {
    try {
      const detail = await get<CaseDetail>(at`/api/cases/${options.case}`)
      takeCase(state, detail)
      await Promise.all(roomsShown(detail).map((room) => loadLines(room.id)))
      loadError.value = null
      return detail.cursor
    } catch (error) {
      loadError.value = error
      throw error
    }
  }

  async function loadLines(room: string, beforeCursor?: number): Promise<void> {
    const before = beforeCursor === undefined ? '' : `&before_cursor=${beforeCursor}`
    const page = await get<UtterancePage>(
      at`/api/cases/${options.case}/utterances?room=${room}&limit=${PAGE}` + before,
    )
    takeUtterances(state, room, page.utterances)
    state.older.set(room, page.more)
  }

  /** Rooms given or taken back, people, devices and one's own role: no events of the case. */
  async function reshape(): Promise<void> {
    if (!state.detail || connection.value !== 'live') return // it is being loaded whole
    const added = takeShape(state, await get<CaseDetail>(at`/api/cases/${options.case}`))
    await Promise.all(added.map((room) => loadLines(room.id)))
  }

  /** Loads the page before the oldest line of a room. */
  async function loadOlder(room: string): Promise<void> {
    const cursors = (state.utterances.get(room) ?? []).map((line) => line.cursor)
    if (cursors.length) await loadLines(room, Math.min(...cursors))
  }

  const link = new DeskConnection(
    {
      type: 'hello',
      protocol: 1,
      case: options.case,
      desk: options.desk,
      ...(options.room ? { room: options.room } : {}),
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

  const online = () => link.reconnectNow()
  const followed = options.follow !== false
  const look = (): void => void load().catch(() => undefined) // the error stands in loadError
  window.addEventListener('online', online)
  if (followed) {
    link.start()
    if (!options.room) useChanges(['case', 'people', 'rooms', 'members'], reshape, options.case)
  } else {
    useChanges(['case', 'people', 'rooms', 'sessions', 'points', 'alarms', 'live'], load, options.case)
  }
  onScopeDispose(() => {
    window.removeEventListener('online', online)
    link.stop()
  })

  return { case: options.case, followed, load, look, state, connection, lostAtUs, loadError, link, loadOlder }
}

export type Desk = ReturnType<typeof useDesk>
