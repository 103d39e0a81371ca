/** One source's fragments from /ws/live/{source}: connects, parses, reconnects with back-off. */

import { backOff } from '@/base/back-off'
import { FrameError, parseFrame } from './frame'
import type { LiveFrame } from './frame'

export interface BinarySocket {
  binaryType: string
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: (() => void) | null
}

export interface FeedPorts {
  open(): BinarySocket
  setTimer(run: () => void, ms: number): number
  clearTimer(id: number): void
  random(): number
}

export class LiveFeed {
  private socket: BinarySocket | null = null
  private timer: number | null = null
  private attempt = 0
  private stopped = false
  private connected = false

  constructor(
    private readonly ports: FeedPorts,
    private readonly onFrame: (frame: LiveFrame) => void,
    private readonly onConnected: (connected: boolean) => void,
  ) {}

  start(): void {
    if (this.stopped || this.socket) return
    this.clear()
    const socket = this.ports.open()
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    socket.onopen = () => {
      this.connected = true
      this.onConnected(true)
    }
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data)
    }
    socket.onclose = () => {
      if (this.socket === socket) this.lost()
    }
  }

  stop(): void {
    this.stopped = true
    this.clear()
    this.drop()
  }

  /** Which pictures the centre shall send: all, key frames, or none for now. */
  want(pictures: 'all' | 'keys' | 'none'): void {
    if (this.connected) this.socket?.send(JSON.stringify({ type: 'want', pictures }))
  }

  /** Throws the connection away and asks for init and key frame again. */
  restart(): void {
    this.drop()
    this.attempt = 0
    this.start()
  }

  /** The source is live: do not wait out the back-off. */
  nudge(): void {
    if (this.timer === null) return
    this.attempt = 0
    this.start()
  }

  private receive(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return
    let frame: LiveFrame
    try {
      frame = parseFrame(data)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.drop()
      this.lost()
      return
    }
    if (frame.kind === 'fragment') this.attempt = 0
    this.onFrame(frame)
  }

  private lost(): void {
    this.socket = null
    this.connected = false
    this.onConnected(false)
    if (this.stopped) return
    this.timer = this.ports.setTimer(() => {
      this.timer = null
      this.start()
    }, backOff(this.attempt, this.ports.random()))
    this.attempt += 1
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    this.connected = false
    if (!socket) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  private clear(): void {
    if (this.timer !== null) this.ports.clearTimer(this.timer)
    this.timer = null
  }
}
