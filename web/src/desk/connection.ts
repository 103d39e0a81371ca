/**
 * The desk's connection to /ws: says hello, follows the case's events, survives drops.
 *
 * Invariants:
 * 1. Every durable event reaches `onEvent` exactly once and in order: nothing at or below the last
 *    cursor is passed on, and after a drop the connection says hello with that cursor.
 * 2. When the centre cannot resume (`resumed` false, or the first hello), `load` is called; events
 *    that arrive while it runs wait, and those it already covers are dropped. The first `load` may
 *    run while the connection is made: it counts if it covers what was before the welcome, after
 *    which every event comes; else the case is loaded once more.
 * 3. A command's promise settles with the reply or with a `CommandError`. What happens to it when
 *    the connection drops is its `Delivery`; only what the server takes twice without harm is sent
 *    again.
 *
 * No DOM: sockets and timers come in through `Ports`, so that tests drive it without a browser.
 */

import { backOff } from '@/base/back-off'
import { isDurable } from './protocol'
import type {
  Command,
  DurableMessage,
  EphemeralMessage,
  Hello,
  Reply,
  ServerMessage,
  Welcome,
} from './protocol'

export interface Socket {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
}

export interface Ports {
  open(): Socket
  setTimer(run: () => void, ms: number): number
  clearTimer(id: number): void
  random(): number
}

export type ConnectionState = 'connecting' | 'resuming' | 'live' | 'waiting' | 'refused' | 'closed'

/** Close codes after which trying again is of no use (PROTOCOL.md). */
export const REFUSALS: Record<number, string> = {
  4401: 'login_required',
  4403: 'forbidden',
  4404: 'not_found',
}

export interface Handlers {
  /** Loads the case afresh and returns its cursor. */
  load(): Promise<number>
  onEvent(message: DurableMessage | EphemeralMessage): void
  onState(state: ConnectionState): void
  /** The centre does not let this desk in; the code says why. Nothing more is tried. */
  onRefused(code: string): void
  onServerTime(serverUs: number): void
}

export class CommandError extends Error {
  constructor(readonly code: string) {
    super(code)
    this.name = 'CommandError'
  }
}

/**
 * `once`: needs a connection, fails when it drops. `again`: needs a connection to begin with, is
 * sent again after a drop. `keep`: waits for a connection, however long.
 */
export type Delivery = 'once' | 'again' | 'keep'

interface Pending {
  text: string
  delivery: Delivery
  resolve(reply: Record<string, unknown>): void
  reject(error: CommandError): void
}

/** The centre speaks at least every 5 s (clock); silence longer than this is a dead connection. */
export const SILENCE_MS = 12_000

export class DeskConnection {
  private socket: Socket | null = null
  private cursor: number | null = null
  private held: DurableMessage[] | null = null
  private early: Promise<number | null> | null = null
  private attempt = 0
  private nextId = 1
  private timer: number | null = null
  private silence: number | null = null
  private readonly pending = new Map<string, Pending>()
  private state: ConnectionState = 'connecting'

  constructor(
    private hello: Omit<Hello, 'cursor'>,
    private readonly ports: Ports,
    private readonly handlers: Handlers,
  ) {}

  /** `loading`: at once, not when the centre has welcomed this desk. */
  start(loading = false): void {
    if (loading) this.early = this.handlers.load().catch(() => null) // the centre's answer to hello says why
    this.connect()
  }

  stop(): void {
    this.setState('closed')
    this.stopTimers()
    this.drop()
    for (const [id, pending] of this.pending) {
      this.pending.delete(id)
      pending.reject(new CommandError('offline'))
    }
  }

  /** Tries now instead of waiting out the back-off. */
  reconnectNow(): void {
    if (this.state === 'waiting') {
      this.attempt = 0
      this.connect()
    }
  }

  /** Says something else of itself from now on: on a new connection that goes on at the same cursor. */
  introduce(unattended: boolean): void {
    if ((this.hello.unattended ?? false) === unattended) return
    this.hello = { ...this.hello, unattended }
    if (!this.socket) return // the next connection says it
    this.drop()
    this.forgetOnce()
    this.connect()
  }

  send(command: Command, delivery: Delivery = 'once'): Promise<Record<string, unknown>> {
    const id = String(this.nextId++)
    const text = JSON.stringify({ ...command, id })
    return new Promise((resolve, reject) => {
      if (this.state !== 'live' && delivery !== 'keep') {
        reject(new CommandError('offline'))
        return
      }
      this.pending.set(id, { text, delivery, resolve, reject })
      if (this.state === 'live') this.socket?.send(text)
    })
  }

  private setState(state: ConnectionState): void {
    if (this.state === state) return
    this.state = state
    this.handlers.onState(state)
  }

  private connect(): void {
    this.stopTimers()
    this.setState(this.cursor === null ? 'connecting' : 'resuming')
    const socket = this.ports.open()
    this.socket = socket
    socket.onopen = () => {
      const cursor = this.cursor === null ? {} : { cursor: this.cursor }
      socket.send(JSON.stringify({ ...this.hello, ...cursor }))
    }
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(String(event.data))
    }
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(event.code)
    }
    this.listenForSilence()
  }

  private lost(code = 1006): void {
    this.socket = null
    this.forgetOnce()
    if (this.state === 'closed') return
    this.stopTimers()
    const refusal = REFUSALS[code]
    if (refusal) {
      this.setState('refused')
      this.handlers.onRefused(refusal)
      return
    }
    this.setState('waiting')
    this.timer = this.ports.setTimer(() => this.connect(), backOff(this.attempt, this.ports.random()))
    this.attempt += 1
  }

  /** What was begun on a connection that is gone. */
  private forgetOnce(): void {
    this.held = null
    for (const [id, pending] of this.pending) {
      if (pending.delivery !== 'once') continue
      this.pending.delete(id)
      pending.reject(new CommandError('connection_lost'))
    }
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    if (!socket) return
    socket.onclose = null
    socket.onmessage = null
    socket.close()
  }

  private receive(text: string): void {
    this.listenForSilence()
    let message: ServerMessage
    try {
      message = JSON.parse(text) as ServerMessage
    } catch {
      return // A frame we cannot read carries no cursor; the next hello brings what it held.
    }
    if (message.type === 'welcome') void this.welcomed(message)
    else if (message.type === 'ok' || message.type === 'error') this.replied(message)
    else if (isDurable(message)) this.durable(message)
    else {
      if (message.type === 'clock') this.handlers.onServerTime(message.server_us)
      this.handlers.onEvent(message)
    }
  }

  private async welcomed(welcome: Welcome): Promise<void> {
    this.handlers.onServerTime(welcome.server_us)
    if (this.cursor !== null && welcome.resumed) {
      this.ready()
      return
    }
    const socket = this.socket
    this.held = []
    let loaded: number
    try {
      loaded = await this.loadedBy(welcome.cursor)
    } catch {
      if (this.socket === socket) {
        this.cursor = null
        this.drop()
        this.lost()
      }
      return
    }
    if (this.socket !== socket || this.held === null) return
    this.cursor = loaded
    const waiting = this.held
    this.held = null
    for (const event of waiting) this.durable(event)
    this.ready()
  }

  private async loadedBy(cursor: number): Promise<number> {
    const early = await this.early
    this.early = null
    return early !== null && early >= cursor ? early : this.handlers.load()
  }

  private ready(): void {
    this.attempt = 0
    this.setState('live')
    for (const pending of this.pending.values()) this.socket?.send(pending.text)
  }

  private durable(message: DurableMessage): void {
    if (this.held) {
      this.held.push(message)
      return
    }
    if (this.cursor !== null && message.cursor <= this.cursor) return
    this.cursor = message.cursor
    this.handlers.onEvent(message)
  }

  private replied(reply: Reply): void {
    const pending = reply.id === undefined ? undefined : this.pending.get(reply.id)
    if (!pending || reply.id === undefined) return
    this.pending.delete(reply.id)
    if (reply.type === 'ok') pending.resolve(reply)
    else pending.reject(new CommandError(reply.code))
  }

  private listenForSilence(): void {
    if (this.silence !== null) this.ports.clearTimer(this.silence)
    this.silence = this.ports.setTimer(() => {
      this.drop()
      this.lost()
    }, SILENCE_MS)
  }

  private stopTimers(): void {
    if (this.timer !== null) this.ports.clearTimer(this.timer)
    if (this.silence !== null) this.ports.clearTimer(this.silence)
    this.timer = null
    this.silence = null
  }
}
