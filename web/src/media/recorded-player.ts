/**
 * Plays a recording from a chosen second by fetching its segments one after the other and laying
 * them, each with its init segment, on one MediaSource. Stops at a gap and at what is altered.
 */

import { ApiError, at, getBytes } from '@/api/client'
import { MediaStage } from './stage'

export type RecordedState = 'loading' | 'ready' | 'playing' | 'ended' | 'failed'

const AHEAD_S = 6
/** Segments tile the time without holes; a step into the next one must not land on its edge. */
const STEP_US = 1_000

export class RecordedPlayer {
  private stage: MediaStage | null = null
  private nextUs: number
  private fetching = false
  private over = false
  private placed = false
  private origin: { media: number; us: number } | null = null
  private readonly ticker: number
  private readonly patientUntil: number

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly session: string,
    private readonly source: string,
    private readonly fromUs: number,
    private readonly onState: (state: RecordedState, code?: string) => void,
    /** How long a segment that is not there yet is asked for again. */
    patienceMs = 0,
  ) {
    this.patientUntil = performance.now() + patienceMs
    this.nextUs = fromUs
    this.ticker = window.setInterval(() => this.tick(), 250)
    void this.fetchNext()
  }

  destroy(): void {
    this.over = true
    window.clearInterval(this.ticker)
    this.stage?.close()
    this.stage = null
  }

  async play(): Promise<void> {
    await this.video.play().catch(() => this.onState('failed', 'no_segment'))
    this.onState('playing')
  }

  pause(): void {
    this.video.pause()
    this.onState('ready')
  }

  /** The time of the picture on screen. */
  pictureTimeUs(): number | null {
    if (!this.origin || this.video.readyState < 2) return null
    return this.origin.us + (this.video.currentTime - this.origin.media) * 1_000_000
  }

  private async fetchNext(): Promise<void> {
    if (this.fetching || this.over) return
    this.fetching = true
    try {
      const path = at`/api/sessions/${this.session}/sources/${this.source}/segment?at_us=${this.nextUs}`
      const { bytes, headers } = await getBytes(path)
      if (this.over) return
      const mime = headers.get('X-Duizhi-Mime') ?? headers.get('Content-Type') ?? ''
      const start = Number(headers.get('X-Duizhi-Start-Us'))
      this.put(new Uint8Array(bytes), mime, start)
      const length = Number(headers.get('X-Duizhi-Duration-Us')) || 1_000_000
      this.nextUs = start + length + STEP_US
    } catch (error) {
      if (this.over) return
      const code = error instanceof ApiError ? error.code : 'unexpected'
      if (code === 'no_segment' && performance.now() < this.patientUntil) {
        window.setTimeout(() => void this.fetchNext(), 300)
        return
      }
      this.over = true
      if (!this.stage) this.onState('failed', code)
      else if (this.video.paused) this.onState('ready')
    } finally {
      this.fetching = false
    }
  }

  private put(bytes: Uint8Array<ArrayBuffer>, mime: string, startUs: number): void {
    if (!this.stage) {
      if (!MediaSource.isTypeSupported(mime)) {
        this.over = true
        this.onState('failed', 'unsupported_codec')
        return
      }
      const stage = new MediaStage(this.video, mime, {
        update: () => this.tick(),
        broken: () => {
          this.over = true
          this.onState('failed', 'unexpected')
        },
      })
      this.stage = stage
      this.origin = { media: 0, us: startUs }
    } else if (this.stage.mime !== mime) {
      this.stage.changeType(mime)
    }
    this.stage.append(bytes)
  }

  private tick(): void {
    const ranges = this.stage?.ranges() ?? []
    const first = ranges[0]
    if (!first || !this.origin) return
    if (!this.placed) {
      this.placed = true
      this.origin.media = first.start
      const into = Math.max(0, (this.fromUs - this.origin.us) / 1_000_000)
      this.video.currentTime = Math.min(first.start + into, first.end - 0.05)
      this.onState('ready')
    }
    const ahead = ranges.at(-1)!.end - this.video.currentTime
    if (ahead < AHEAD_S) void this.fetchNext()
    if (this.over && ahead < 0.1 && !this.video.paused) {
      this.video.pause()
      this.onState('ended')
    }
  }
}
