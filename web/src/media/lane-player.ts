/**
 * One recording on a clock: segments are fetched around a wanted moment and laid into one buffer at
 * the place the log gives them, so that the element's time is the agency's clock. It never runs by
 * itself: `follow` is called many times a second with the moment that should be on screen.
 */

import { ApiError, at, getBytes } from '@/api/client'
import { mediaTimes } from './frames'

interface Piece {
  start_us: number
  end_us: number
  frames_us: number[]
}

type Operation = { bytes: Uint8Array<ArrayBuffer>; offset_s: number; mime: string } | { from_s: number; to_s: number }

export interface LanePorts {
  /** Whether there is anything at a moment, and until when there is nothing. */
  nothingUntil(us: number): number | null
  /** Where the recording ends; null: it still runs. */
  endUs(): number | null
  correction(ahead_s: number, rate: number): { seek: boolean; rate: number }
}

const AHEAD_US = 6_000_000
const KEPT_US = 60_000_000
const STEP_US = 1_000
const AGAIN_MS = 1_000
const READY_S = 0.12
/** So near to where nothing follows, nothing is waited for. */
const EDGE_US = 250_000
/** What does not come within this time holds up the others no longer. */
const PATIENCE_MS = 4_000
/** A decoder that hesitates no longer than this holds up nobody: it catches up by its rate. */
const HESITATION_MS = 300
/** Nearer than this, a picture that was held for others goes on from where it stands. */
const HELD_S = 0.25

/** `hold`: it would play, but waits for another lane. */
export type Motion = 'play' | 'hold' | 'still'

export class LanePlayer {
  /** Why nothing can be shown; empty: it can. */
  problem = ''
  /** How far the picture was ahead of the clock when last looked at, in seconds. */
  ahead_s = 0
  private readonly media = new MediaSource()
  private buffer: SourceBuffer | null = null
  private mime = ''
  private readonly waiting: Operation[] = []
  private pieces: Piece[] = []
  private readonly holes: { start_us: number; end_us: number; until_ms: number }[] = []
  private fetching = false
  private stalledMs = 0
  private hesitatesMs = 0
  private closed = false

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly session: string,
    private readonly source: string,
    private readonly originUs: number,
    private readonly ports: LanePorts,
  ) {
    const url = URL.createObjectURL(this.media)
    this.media.addEventListener('sourceopen', () => { URL.revokeObjectURL(url); this.pump() }, { once: true })
    video.src = url
  }

  destroy(): void {
    this.closed = true
    this.video.pause()
    this.video.removeAttribute('src')
    this.video.load()
  }

  /** The moment on screen. */
  shownUs(): number {
    return this.originUs + this.video.currentTime * 1e6
  }

  get running(): boolean {
    return !this.video.paused && !this.video.seeking && this.video.readyState >= 3
  }

  /** Whether the clock may go by this lane: it plays, or hesitates before its end. */
  get leads(): boolean {
    return this.running || (!this.video.paused && !this.video.seeking && !this.nearEdge(this.shownUs()))
  }

  /** Pictures that are at hand, in order. */
  frames(): number[] {
    return this.pieces.flatMap((piece) => piece.frames_us).sort((a, b) => a - b)
  }

  /** Show this moment; returns whether it can, or need not, or was waited for long enough. */
  follow(us: number, rate: number, motion: Motion): boolean {
    const ready = this.closed || this.showing(us, rate, motion) || this.nearEdge(us)
    if (ready) this.stalledMs = 0
    else if (!this.stalledMs) this.stalledMs = performance.now()
    return ready || performance.now() - this.stalledMs > PATIENCE_MS
  }

  private showing(us: number, rate: number, motion: Motion): boolean {
    void this.fetchFor(us, rate)
    if (this.problem || this.ports.nothingUntil(us) !== null) {
      this.video.pause()
      return true
    }
    const want = (us - this.originUs) / 1e6
    if (!this.has(us)) {
      this.video.pause()
      return this.isHole(us)
    }
    this.ahead_s = this.video.currentTime - want
    if (motion === 'play') return this.plays(want, rate)
    // a seek throws away what is decoded: whoever is held for a moment stays where it is
    const exact_s = motion === 'still' ? 0.0002 : HELD_S
    this.video.pause()
    if (Math.abs(this.ahead_s) > exact_s && !this.video.seeking) this.video.currentTime = want
    return !this.video.seeking && this.video.readyState >= 3
  }

  private plays(want: number, rate: number): boolean {
    if (this.video.seeking) return false
    const next = this.ports.correction(this.ahead_s, rate)
    if (next.seek) this.video.currentTime = want
    if (this.video.playbackRate !== next.rate) this.video.playbackRate = next.rate
    if (this.video.paused) void this.video.play().catch(() => undefined) // a pause that came meanwhile
    if (this.video.readyState >= 3) this.hesitatesMs = 0
    else this.hesitatesMs ||= performance.now()
    return !this.hesitatesMs || performance.now() - this.hesitatesMs < HESITATION_MS
  }

  /** Have the pictures around a moment, or know that there are none. */
  async ensure(us: number): Promise<void> {
    for (let i = 0; i < 40 && !this.closed && !this.problem && !this.knows(us); i += 1) {
      await this.fetchFor(us, 1)
      await new Promise((resolve) => window.setTimeout(resolve, 50))
    }
  }

  private knows(us: number): boolean {
    return this.pieceAt(us) !== undefined || this.isHole(us) || this.ports.nothingUntil(us) !== null
  }

  private nearEdge(us: number): boolean {
    const soon = us + EDGE_US
    const end = this.ports.endUs()
    return (end !== null && soon >= end) || this.ports.nothingUntil(soon) !== null || this.isHole(soon)
  }

  private pieceAt(us: number): Piece | undefined {
    return this.pieces.find((piece) => piece.start_us <= us && us < piece.end_us)
  }

  private isHole(us: number): boolean {
    return this.holes.some((hole) => hole.start_us <= us && us < hole.end_us)
  }

  private has(us: number): boolean {
    if (!this.pieceAt(us)) return false
    const want = (us - this.originUs) / 1e6
    const { buffered } = this.video
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= want + 0.05 && want < buffered.end(i)) return buffered.end(i) - want > READY_S || !this.pieceAt(us + READY_S * 1e6)
    }
    return false
  }

  private wanted(us: number, rate: number): number | null {
    const until = us + AHEAD_US * Math.max(1, rate)
    const end = this.ports.endUs()
    let next = us
    while (next < until && (end === null || next < end)) {
      const piece = this.pieceAt(next)
      const hole = this.holes.find((one) => one.start_us <= next && next < one.end_us && one.until_ms > performance.now())
      const nothing = this.ports.nothingUntil(next)
      if (piece) next = piece.end_us + STEP_US
      else if (nothing !== null) next = nothing + STEP_US
      else if (hole) next = hole.end_us
      else return next
    }
    return null
  }

  private async fetchFor(us: number, rate: number): Promise<void> {
    if (this.fetching || this.closed || this.problem) return
    const next = this.wanted(us, rate)
    if (next === null) return
    this.fetching = true
    try {
      const { bytes, headers } = await getBytes(at`/api/sessions/${this.session}/sources/${this.source}/segment?at_us=${Math.round(next)}`)
      if (!this.closed) this.take(new Uint8Array(bytes), headers, us)
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 'unexpected'
      if (code === 'no_segment' || code === 'segment_altered') this.hole(next, code)
      else if (code === 'unreachable') this.holes.push({ start_us: next, end_us: next + 1, until_ms: performance.now() + AGAIN_MS })
      else this.problem = code
    } finally {
      this.fetching = false
    }
  }

  private hole(us: number, code: string): void {
    const live = this.ports.endUs() === null && code === 'no_segment'
    const until_ms = live ? performance.now() + AGAIN_MS : Number.POSITIVE_INFINITY
    this.holes.push({ start_us: us, end_us: us + 500_000, until_ms })
  }

  private take(bytes: Uint8Array<ArrayBuffer>, headers: Headers, aroundUs: number): void {
    const mime = headers.get('X-Duizhi-Mime') ?? ''
    const start_us = Number(headers.get('X-Duizhi-Start-Us'))
    const length = Number(headers.get('X-Duizhi-Duration-Us')) || 1_000_000
    if (!MediaSource.isTypeSupported(mime)) {
      this.problem = 'unsupported_codec'
      return
    }
    const times = mediaTimes(bytes)
    const first = times?.first_s ?? 0
    const frames_us = (times?.frames_s ?? []).map((one) => start_us + Math.round((one - first) * 1e6))
    this.pieces.push({ start_us, end_us: start_us + length, frames_us })
    this.waiting.push({ bytes, offset_s: (start_us - this.originUs) / 1e6 - first, mime })
    for (const piece of this.pieces) {
      if (Math.abs(piece.start_us - aroundUs) < KEPT_US) continue
      this.waiting.push({ from_s: (piece.start_us - this.originUs) / 1e6, to_s: (piece.end_us - this.originUs) / 1e6 })
    }
    this.pieces = this.pieces.filter((piece) => Math.abs(piece.start_us - aroundUs) < KEPT_US)
    this.pump()
  }

  private pump(): void {
    if (this.closed || this.media.readyState !== 'open') return
    const next = this.waiting[0]
    if (!next || this.buffer?.updating) return
    try {
      if (!this.buffer) {
        if (!('bytes' in next)) return
        this.mime = next.mime
        this.buffer = this.media.addSourceBuffer(next.mime)
        this.buffer.addEventListener('updateend', () => this.pump())
      }
      this.waiting.shift()
      if ('bytes' in next) {
        if (next.mime !== this.mime) this.buffer.changeType(next.mime)
        this.mime = next.mime
        this.buffer.timestampOffset = next.offset_s
        this.buffer.appendBuffer(next.bytes)
      } else this.buffer.remove(Math.max(0, next.from_s), next.to_s)
    } catch {
      this.problem = 'unexpected' // the element says no more
    }
  }
}
