/**
 * Records this device's own stream into parts, always, whether the network is there or not: when it
 * breaks, the moments it takes to notice are here already. The next part begins before the one before
 * it ends, so that no frame falls between two. A finished part has its digest, and names that of the part
 * that ended before it. The page makes both itself: they find a mistake or a loss on the way, not a tablet
 * whose owner makes other parts. A chain begins with the page; what a page could not finish has no digest.
 */

import { digestOf } from './hand-over'
import { newPart } from './parts'
import type { PartList } from './parts'
import { StoreError } from './part-store'
import type { PartStore } from './part-store'

export const PART_MS = 20_000
const PIECE_MS = 1_000
const VIDEO_BITS_PER_S = 2_000_000
const AUDIO_BITS_PER_S = 64_000
/** What a second of a part takes. */
export const BYTES_PER_S = (VIDEO_BITS_PER_S + AUDIO_BITS_PER_S) / 8
/** MP4 comes out in whole groups of pictures, so this bounds what a crash takes (MediaRecorder Level 2). */
const KEY_FRAME_MS = 1_000
/** Pieces that wait to be written; more means that the phone's storage does not keep up. */
const MOST_WAITING = 15

const TYPES = [
  'video/mp4;codecs=avc1.42E01F,opus',
  'video/webm;codecs=h264,opus',
  'video/webm;codecs=vp8,opus',
  'video/mp4',
  'video/webm',
]

export function recordingType(): string | null {
  if (typeof MediaRecorder !== 'function') return null
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? null
}

export interface RecorderPorts {
  source: string
  session(): string
  nowUs(): number
  onProblem(code: string | null): void
  onChange(): void
}

export class PartRecorder {
  private take: Take | null = null
  private timer = 0
  private turn: Promise<void> = Promise.resolve()
  /** Digest of the part that ended last, once every one before it has ended. */
  private chain: Promise<string> = Promise.resolve('')

  constructor(
    private readonly store: PartStore,
    private readonly list: PartList,
    private readonly ports: RecorderPorts,
  ) {}

  get running(): boolean {
    return this.take !== null
  }

  start(stream: MediaStream): Promise<void> {
    return this.inTurn(() => this.next(stream, true))
  }

  /** Ends the part being written and goes on with the next one. */
  rotate(): Promise<void> {
    return this.inTurn(async () => {
      if (this.take) await this.next(this.take.stream, false)
    })
  }

  /** Goes on with another camera. A recorder cannot change its tracks, so this begins a part. */
  swap(stream: MediaStream): Promise<void> {
    return this.inTurn(async () => {
      if (this.take) await this.next(stream, false)
    })
  }

  /** Ends; resolves when everything is written. Not `whole`: what came since the last piece is not written. */
  stop(whole = true): Promise<void> {
    return this.inTurn(async () => {
      window.clearTimeout(this.timer)
      const last = this.take
      this.take = null
      if (last) this.end(last, whole)
      await this.chain
      this.ports.onChange()
    })
  }

  private end(take: Take, whole = true): void {
    const ended = take.stop(whole)
    this.chain = Promise.all([this.chain, ended])
      .then(([previous]) => take.seal(previous))
      .catch(() => '') // the next part begins a chain
      .finally(() => this.ports.onChange())
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.turn.then(act)
    this.turn = done.catch(() => undefined)
    return done
  }

  private async next(stream: MediaStream, first: boolean): Promise<void> {
    window.clearTimeout(this.timer)
    const before = this.take
    const type = recordingType()
    if (!type) throw new StoreError('storage_missing')
    try {
      const take: Take = new Take(stream, type, first, this.store, this.list, this.ports, () => this.broke(take))
      await take.start()
      this.take = take
      this.timer = window.setTimeout(() => void this.rotate().catch(() => undefined), PART_MS)
    } catch (error) {
      this.take = before // better one long part than none
      this.ports.onProblem(error instanceof StoreError ? error.code : 'storage_failed')
      if (first) throw error
      this.timer = window.setTimeout(() => void this.rotate().catch(() => undefined), PART_MS)
      return
    }
    if (before) this.end(before)
    this.ports.onChange()
  }

  /** The recorder of the browser gave up, or its file did: begin a new part. */
  private broke(take: Take): void {
    if (this.take !== take) return
    this.timer = window.setTimeout(() => void this.rotate().catch(() => undefined), PIECE_MS)
  }
}

/** One part being written. */
class Take {
  private readonly recorder: MediaRecorder
  private name = ''
  private tail: Promise<void> = Promise.resolve()
  private waiting = 0
  private failed = false
  private cut = false

  constructor(
    readonly stream: MediaStream,
    private readonly type: string,
    private readonly first: boolean,
    private readonly store: PartStore,
    private readonly list: PartList,
    private readonly ports: RecorderPorts,
    private readonly onBroken: () => void,
  ) {
    const options: MediaRecorderOptions & { videoKeyFrameIntervalDuration: number } = {
      mimeType: type,
      videoBitsPerSecond: VIDEO_BITS_PER_S,
      audioBitsPerSecond: AUDIO_BITS_PER_S,
      videoKeyFrameIntervalDuration: KEY_FRAME_MS,
    }
    this.recorder = new MediaRecorder(stream, options)
  }

  async start(): Promise<void> {
    const begun = new Promise<void>((resolve, reject) => {
      this.recorder.onstart = () => resolve()
      this.recorder.onerror = () => {
        reject(new StoreError('storage_failed'))
        this.onBroken()
      }
    })
    const held: Blob[] = [] // pieces before the file is there
    this.recorder.ondataavailable = (event) => held.push(event.data)
    this.recorder.start(PIECE_MS)
    await begun
    const part = newPart(this.ports.source, this.ports.session(), this.ports.nowUs(), this.type, this.first)
    this.name = part.name
    try {
      await this.store.create(part.name)
    } catch (error) {
      this.recorder.stop()
      throw error
    }
    this.list.put(part)
    this.recorder.ondataavailable = (event) => this.write(event.data)
    for (const piece of held) this.write(piece)
  }

  private write(piece: Blob): void {
    if (!piece.size || this.failed || this.cut) return
    if (this.waiting >= MOST_WAITING) {
      this.fail('storage_failed')
      return
    }
    this.waiting += 1
    const endUs = this.ports.nowUs()
    this.tail = this.tail.then(async () => {
      try {
        const bytes = await this.store.append(this.name, await piece.arrayBuffer())
        this.list.change(this.name, { bytes, end_us: Math.round(endUs) })
        this.ports.onProblem(null)
      } catch (error) {
        this.fail(error instanceof StoreError ? error.code : 'storage_failed')
      } finally {
        this.waiting -= 1
      }
    })
  }

  /** What is written stays; a new part begins, in case it was this file only. */
  private fail(code: string): void {
    if (this.failed) return
    this.failed = true
    this.ports.onProblem(code)
    this.onBroken()
  }

  async stop(whole: boolean): Promise<void> {
    this.cut = !whole
    if (this.recorder.state !== 'inactive') {
      const stopped = new Promise<void>((resolve) => {
        this.recorder.onstop = () => resolve()
      })
      this.recorder.stop()
      await stopped
    }
    await this.tail
    await this.store.close(this.name).catch(() => undefined) // flushed piece by piece already
  }

  /** Says the digest of what was written and of the part before it; gives the one for the next part. */
  async seal(previous: string): Promise<string> {
    if (!this.list.get(this.name)?.bytes) {
      this.list.remove(this.name)
      await this.store.remove(this.name).catch(() => undefined)
      return previous
    }
    const sha256 = await this.store.read(this.name).then(digestOf).catch(() => '') // told later, by what is read then
    this.list.change(this.name, { state: 'kept', sha256, previous })
    return sha256
  }
}
