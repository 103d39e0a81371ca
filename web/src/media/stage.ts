/** One MediaSource with one SourceBuffer on a <video>: holds bytes until it is open, then queues them. */

import { AppendQueue } from './append-queue'
import type { Range } from './chase'

export class MediaStage {
  private readonly media = new MediaSource()
  private readonly url = URL.createObjectURL(this.media)
  private queue: AppendQueue | null = null
  private early: Uint8Array<ArrayBuffer>[] = []
  private closed = false

  constructor(
    private readonly video: HTMLVideoElement,
    public mime: string,
    private readonly on: { update(): void; broken(): void },
  ) {
    this.media.addEventListener('sourceopen', () => this.opened(), { once: true })
    video.src = this.url
  }

  get ready(): boolean {
    return this.queue !== null && this.media.readyState === 'open'
  }

  append(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.queue) this.queue.append(bytes)
    else this.early.push(bytes)
  }

  /** Before the source is open there is nothing to change: a new stage is cheaper. */
  changeType(mime: string): void {
    if (!this.queue) {
      this.on.broken()
      return
    }
    this.queue.changeType(mime)
    this.mime = mime
  }

  ranges(): Range[] {
    return this.ready ? this.queue!.ranges() : []
  }

  trim(): void {
    if (this.ready) this.queue!.trim()
  }

  close(): void {
    this.closed = true
    URL.revokeObjectURL(this.url)
    this.video.removeAttribute('src')
    this.video.load()
  }

  private opened(): void {
    URL.revokeObjectURL(this.url)
    if (this.closed) return
    let buffer: SourceBuffer
    try {
      buffer = this.media.addSourceBuffer(this.mime)
    } catch {
      this.on.broken()
      return
    }
    const queue = new AppendQueue(buffer, {
      currentTime: () => this.video.currentTime,
      onBroken: () => this.broken(),
    })
    this.queue = queue
    buffer.addEventListener('updateend', () => {
      if (this.closed || this.media.readyState !== 'open') return
      queue.pump()
      this.on.update()
    })
    buffer.addEventListener('error', () => this.broken())
    for (const bytes of this.early) queue.append(bytes)
    this.early = []
  }

  private broken(): void {
    if (!this.closed) this.on.broken()
  }
}
