/**
 * Plays one live source in a <video> by Media Source Extensions.
 *
 * Rules:
 * 1. A new init segment of the same type is appended; of another type goes through changeType; a
 *    timeline that starts over, or a buffer that broke, gets a new MediaSource.
 * 2. Fragments already taken (same epoch, not a higher number) are dropped, so a reconnect that
 *    begins at the last key frame does not play twice.
 * 3. The play head stays at the live edge (chase.ts, reserve.ts), jumps holes, and is moved when it stands
 *    still with media ahead of it; if that does not help, the MediaSource is made anew.
 * 4. It always starts muted. `setAudible(true)` after a gesture gives sound.
 * 5. At a lower cost (`setCost`) only key frames are asked for, shown one after the other by a play head
 *    that does not run; out of sight nothing is asked for and the last picture stays.
 */

import { websocketUrl } from '@/base/url'
import { chase } from './chase'
import type { Range } from './chase'
import { LiveFeed } from './feed'
import type { BinarySocket } from './feed'
import type { FragmentFrame, InitFrame, LiveFrame } from './frame'
import { Reserve } from './reserve'
import { MediaStage } from './stage'

export type PlayerState = 'connecting' | 'playing' | 'paused' | 'stalled' | 'ended' | 'unsupported'

/** `full` moves, `slow` shows key frames, `off` keeps the last picture. */
export type Cost = 'full' | 'slow' | 'off'

const WANTED = { full: 'all', slow: 'keys', off: 'none' } as const

const TICK_MS = 200
const STILL_MS = 2_000
const REBUILD_MS = 6_000
const QUIET_MS = 3_000
const DRY_MS = 1_000
/** Key frames come seldom with some cameras. */
const SLOW_QUIET_MS = 15_000

/** Where frames come from when not from a source's live view, and what is said first there. */
export interface Ear {
  path: string
  hello: string
}

function connect(from: string | Ear): BinarySocket {
  const path = typeof from === 'string' ? `/ws/live/${encodeURIComponent(from)}` : from.path
  const socket = new WebSocket(websocketUrl(path))
  if (typeof from !== 'string') socket.addEventListener('open', () => socket.send(from.hello))
  return socket as unknown as BinarySocket
}

function tracksOf(mime: string): string {
  return `${mime.startsWith('video')} ${/opus/i.test(mime)}`
}

export class LivePlayer {
  private stage: MediaStage | null = null
  private init: InitFrame | null = null
  private initPending = false
  private taken = { epoch: -1, number: -1 }
  private lastFragment: FragmentFrame | null = null
  private lastArrival = 0
  private head = { time: -1, since: 0 }
  private paused = false
  private cost: Cost = 'full'
  private state: PlayerState = 'connecting'
  private readonly reserve = new Reserve(seconds())
  private readonly feed: LiveFeed
  private readonly ticker: number

  constructor(
    private readonly video: HTMLVideoElement,
    source: string | Ear,
    private readonly onState: (state: PlayerState) => void,
  ) {
    video.muted = true
    this.feed = new LiveFeed(
      {
        open: () => connect(source),
        setTimer: (run, ms) => window.setTimeout(run, ms),
        clearTimer: (id) => window.clearTimeout(id),
        random: () => Math.random(),
      },
      (frame) => this.take(frame),
      (connected) => {
        if (connected && this.cost !== 'full') this.feed.want(WANTED[this.cost])
      },
    )
    video.addEventListener('waiting', this.waited)
    this.ticker = window.setInterval(() => this.tick(), TICK_MS)
    this.feed.start()
  }

  destroy(): void {
    window.clearInterval(this.ticker)
    this.video.removeEventListener('waiting', this.waited)
    this.feed.stop()
    this.clearStage()
  }

  setAudible(audible: boolean): void {
    this.video.muted = !audible
    if (audible && !this.paused) void this.play()
  }

  setCost(cost: Cost): void {
    if (this.cost === cost) return
    this.cost = cost
    this.feed.want(WANTED[cost])
    this.head = { time: -1, since: performance.now() }
    if (cost === 'full') this.tick()
    else this.video.pause()
  }

  pause(): void {
    this.paused = true
    this.video.pause()
    this.setState('paused')
  }

  resume(): void {
    this.paused = false
    this.setState('connecting')
    this.tick()
  }

  /** The source is known to be live now; skip the back-off. */
  nudge(): void {
    this.feed.nudge()
  }

  /** Session-timeline time of the picture on screen; null before the first one. */
  pictureTimeUs(): number | null {
    const last = this.lastFragment
    if (!last || this.video.readyState < 2) return null
    return last.start_us - last.media_start_us + this.video.currentTime * 1_000_000
  }

  private setState(state: PlayerState): void {
    if (this.state === state) return
    this.state = state
    this.onState(state)
  }

  private take(frame: LiveFrame): void {
    if (frame.kind === 'end') {
      this.setState('ended')
      return
    }
    if (frame.kind === 'init') {
      const same = this.init?.epoch === frame.epoch && this.init.mime === frame.mime
      this.initPending ||= !same || !this.stage
      this.init = frame
      return
    }
    this.lastArrival = performance.now()
    if (!this.init || frame.epoch !== this.init.epoch) return
    if (frame.epoch === this.taken.epoch && frame.number <= this.taken.number) return
    if (this.startsOver(frame)) this.clearStage()
    if (!this.stage || this.initPending) {
      if (!this.useInit(this.init)) return
      this.initPending = false
    }
    this.taken = { epoch: frame.epoch, number: frame.number }
    this.lastFragment = frame
    this.stage?.append(frame.bytes)
  }

  /** A new session's timeline begins at zero again. */
  private startsOver(frame: FragmentFrame): boolean {
    const last = this.lastFragment
    return last !== null && frame.media_start_us < last.media_start_us - 1_000_000
  }

  private useInit(init: InitFrame): boolean {
    if (!MediaSource.isTypeSupported(init.mime)) {
      this.setState('unsupported')
      return false
    }
    // A source buffer keeps the tracks it began with; sound or picture that was paused is another.
    if (this.stage && tracksOf(this.stage.mime) !== tracksOf(init.mime)) this.clearStage()
    const stage = this.stage
    if (!stage) {
      this.stage = new MediaStage(this.video, init.mime, {
        update: () => this.tick(true),
        broken: () => this.rebuild(),
      })
    } else if (stage.mime !== init.mime) {
      stage.changeType(init.mime)
    }
    this.stage?.append(init.bytes)
    return this.stage !== null
  }

  private clearStage(): void {
    this.stage?.close()
    this.stage = null
    this.lastFragment = null
    this.taken = { epoch: -1, number: -1 }
    this.head = { time: -1, since: performance.now() }
  }

  /** Starts again from the last key frame, with a new MediaSource and a new connection. */
  private rebuild(): void {
    this.clearStage()
    this.init = null
    this.initPending = false
    this.setState('connecting')
    window.setTimeout(() => this.feed.restart(), 250)
  }

  /** `fresh`: media has just been appended, so the distance to the live edge means something. */
  private tick(fresh = false): void {
    const stage = this.stage
    if (!stage?.ready) return
    if (this.video.error) {
      this.rebuild()
      return
    }
    stage.trim()
    if (this.paused || this.cost === 'off') return
    const ranges = stage.ranges()
    if (this.cost === 'slow') {
      this.step(ranges.at(-1))
      return
    }
    const advice = chase(ranges, this.video.currentTime, this.reserve.target(seconds()))
    if (advice.seekTo !== null) this.video.currentTime = advice.seekTo
    if (fresh && this.video.playbackRate !== advice.rate) this.video.playbackRate = advice.rate
    if (this.video.paused && ranges.length) void this.play()
    this.watchHead((ranges.at(-1)?.end ?? 0) - this.video.currentTime)
  }

  /** The newest key frame, without running. */
  private step(last: Range | undefined): void {
    if (!last) return
    if (!this.video.paused) this.video.pause()
    const here = this.video.currentTime
    if (here < last.start || here >= last.end) this.video.currentTime = last.start + Math.min(0.005, (last.end - last.start) / 2)
    const quiet = performance.now() - this.lastArrival > SLOW_QUIET_MS
    if (quiet && this.state !== 'ended') this.setState('stalled')
    // A range of one picture is shown, but never counts as enough to play.
    else if (this.video.readyState >= 2 || this.video.getVideoPlaybackQuality().totalVideoFrames > 0) this.setState('playing')
  }

  /** Ran dry: but a source that has stopped is no reason to keep more. */
  private readonly waited = (): void => {
    if (this.state === 'playing' && performance.now() - this.lastArrival < DRY_MS) {
      this.reserve.ranDry(seconds())
    }
  }

  private watchHead(ahead: number): void {
    const now = performance.now()
    if (this.video.currentTime !== this.head.time) {
      this.head = { time: this.video.currentTime, since: now }
      if (this.video.readyState >= 3 && ahead > 0.02) this.setState('playing')
      return
    }
    const still = now - this.head.since
    if (this.state !== 'ended' && still > QUIET_MS && now - this.lastArrival > QUIET_MS) {
      this.setState('stalled')
    } else if (ahead > 0.5 && still > REBUILD_MS) {
      this.rebuild()
    } else if (ahead > 0.5 && still > STILL_MS) {
      this.video.currentTime += Math.max(0.05, ahead - 0.4)
    }
  }

  private async play(): Promise<void> {
    try {
      await this.video.play()
    } catch {
      // Without a gesture only silent playback is allowed; a missing source shows by its state.
      this.video.muted = true
    }
  }
}

function seconds(): number {
  return performance.now() / 1000
}
