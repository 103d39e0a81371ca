/**
 * The connection of one page to a room's exhibit screens (/ws/exhibit/{room}, PROTOCOL.md).
 *
 * The centre sends whole states, so after a drop nothing has to be caught up. While it is away the
 * page keeps what it has: a screen goes on showing its picture. Looks are sent at most every
 * `SEND_MS`, the newest one only.
 */

import { onScopeDispose, reactive } from 'vue'
import { backOff } from '@/base/back-off'
import { websocketUrl } from '@/base/url'
import type { Look } from './geometry'
import { plainLook } from './geometry'
import { heldAt } from './clip-place'
import type { ClipPlace } from './clip-place'

export interface OnScreen {
  show: string
  exhibit: string
  title: string
  mime: string
  number: number
  page: number
  since_us: number
  by_name: string
}

export type ScreenState = 'none' | 'waiting' | 'sent' | 'shown' | 'failed' | 'lost'

export interface Stage {
  room: string
  room_name: string
  room_name_en: string
  session: string
  recording: boolean
  language: string
  screens: number
  state: ScreenState
  since_us: number
  now?: OnScreen
  /** The centre is on the line with this room. */
  call?: boolean
  /** The notice of rights stands on the screens. */
  notice?: NoticeOnScreen | null
}

export interface NoticeOnScreen {
  language: 'zh' | 'en'
  title: string
  lines: { text: string; law: string }[]
}

interface Prepare {
  exhibit: string
  mime: string
  page: number
}

type Message = ({ type: 'stage' } & Stage) | { type: 'look'; show: string; look: Look } | { type: 'playing'; show: string; playing: boolean; at_ms: number; ago_ms: number } | ({ type: 'prepare' } & Prepare)

export interface StageLink {
  stage: Stage | null
  look: Look
  /** Of a clip that is shown. */
  place: ClipPlace
  connected: boolean
  /** Why the centre does not let this page in; nothing more is tried. */
  refused: '' | 'login_required' | 'forbidden' | 'not_found'
  prepared: Prepare | null
  turn(look: Look): void
  /** Puts the notice of rights on the screens; empty: takes it away. */
  notice(language: 'zh' | 'en' | ''): void
  /** Lets the clip run from a place, or holds it there, on all screens of the room. */
  play(playing: boolean, atMs: number): void
  report(what: 'shown' | 'failed', show: string): void
}

const SEND_MS = 60
const REFUSED: Record<number, StageLink['refused']> = { 4401: 'login_required', 4403: 'forbidden', 4404: 'not_found' }

export function useStage(room: string, role: 'screen' | 'desk'): StageLink {
  let socket: WebSocket | null = null
  let attempt = 0
  let retry = 0
  let sending = 0
  let waiting: Look | null = null
  let ended = false

  const link: StageLink = reactive<StageLink>({
    stage: null,
    look: plainLook(),
    place: heldAt(0),
    connected: false,
    refused: '',
    prepared: null,
    turn(look) {
      link.look = look
      waiting = look
      if (!sending) flush()
    },
    notice(language) {
      send({ type: 'notice', language })
    },
    play(playing, atMs) {
      if (link.stage?.now) send({ type: 'play', show: link.stage.now.show, playing, at_ms: Math.round(atMs) })
    },
    report(what, show) {
      send({ type: what, show })
    },
  })

  function send(message: unknown): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function flush(): void {
    sending = 0
    if (!waiting || !link.stage?.now) return
    send({ type: 'turn', show: link.stage.now.show, look: waiting })
    waiting = null
    sending = window.setTimeout(flush, SEND_MS)
  }

  function take(message: Message): void {
    if (message.type === 'stage') {
      if (message.now?.show !== link.stage?.now?.show) {
        link.look = plainLook()
        link.place = heldAt(0)
        waiting = null
      }
      link.stage = message
    } else if (message.type === 'look') {
      if (message.show === link.stage?.now?.show) link.look = message.look
    } else if (message.type === 'playing') {
      const { playing, at_ms, ago_ms } = message
      if (message.show === link.stage?.now?.show) link.place = { playing, at_ms, since_ms: performance.now() - ago_ms }
    } else link.prepared = { exhibit: message.exhibit, mime: message.mime, page: message.page }
  }

  function connect(): void {
    window.clearTimeout(retry)
    const opened = new WebSocket(websocketUrl(`/ws/exhibit/${encodeURIComponent(room)}`))
    socket = opened
    opened.onopen = () => send({ type: 'hello', role })
    opened.onmessage = (event) => {
      link.connected = true
      attempt = 0
      take(JSON.parse(String(event.data)) as Message)
    }
    opened.onclose = (event) => {
      if (ended || socket !== opened) return
      link.connected = false
      link.refused = REFUSED[event.code] ?? ''
      if (!link.refused) retry = window.setTimeout(connect, backOff(attempt++, Math.random()))
    }
  }

  const online = (): void => {
    if (!link.connected && !link.refused) connect()
  }
  window.addEventListener('online', online)
  connect()
  onScopeDispose(() => {
    ended = true
    window.removeEventListener('online', online)
    window.clearTimeout(retry)
    window.clearTimeout(sending)
    socket?.close()
  })
  return link
}
