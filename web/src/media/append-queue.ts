/**
 * Serialises everything done to one SourceBuffer: append, remove, change of type. A SourceBuffer
 * takes one operation at a time; the queue holds the others and coalesces appends.
 *
 * No DOM: works on the small interface below, which the real SourceBuffer satisfies.
 */

import type { Range } from './chase'

export interface RangesLike {
  readonly length: number
  start(i: number): number
  end(i: number): number
}

export interface SourceBufferLike {
  readonly updating: boolean
  readonly buffered: RangesLike
  appendBuffer(data: BufferSource): void
  remove(start: number, end: number): void
  changeType?(mime: string): void
}

type Operation =
  | { do: 'append'; bytes: Uint8Array<ArrayBuffer> }
  | { do: 'remove'; start: number; end: number }
  | { do: 'type'; mime: string }

export interface QueuePorts {
  currentTime(): number
  /** The buffer cannot go on; the player starts a new one. */
  onBroken(error: unknown): void
}

/** Bytes waiting beyond this mean that the buffer no longer takes any. */
export const MOST_WAITING_BYTES = 24 * 1024 * 1024
/** Seconds kept behind the play head once trimming starts, and before it starts. */
const KEEP_S = 10
const TRIM_AT_S = 30
const KEEP_WHEN_FULL_S = 1

export class AppendQueue {
  private readonly waiting: Operation[] = []
  private waitingBytes = 0
  private squeezed = false

  constructor(
    private readonly buffer: SourceBufferLike,
    private readonly ports: QueuePorts,
  ) {}

  append(bytes: Uint8Array<ArrayBuffer>): void {
    this.waiting.push({ do: 'append', bytes })
    this.waitingBytes += bytes.byteLength
    if (this.waitingBytes > MOST_WAITING_BYTES) {
      this.ports.onBroken(new Error('buffer takes no more'))
      return
    }
    this.pump()
  }

  changeType(mime: string): void {
    this.waiting.push({ do: 'type', mime })
    this.pump()
  }

  ranges(): Range[] {
    const { buffered } = this.buffer
    return Array.from({ length: buffered.length }, (_, i) => ({
      start: buffered.start(i),
      end: buffered.end(i),
    }))
  }

  /** Drops what has been watched long ago. */
  trim(): void {
    const first = this.ranges()[0]
    const now = this.ports.currentTime()
    if (!first || now - first.start < TRIM_AT_S) return
    if (this.waiting.some((operation) => operation.do === 'remove')) return
    this.waiting.push({ do: 'remove', start: 0, end: now - KEEP_S })
    this.pump()
  }

  /** Call on every `updateend`. */
  pump(): void {
    while (!this.buffer.updating) {
      const operation = this.next()
      if (!operation) return
      try {
        this.run(operation)
      } catch (error) {
        if (operation.do === 'append' && isQuota(error) && this.squeeze(operation)) continue
        this.ports.onBroken(error)
        return
      }
      if (operation.do === 'append') this.squeezed = false
    }
  }

  private run(operation: Operation): void {
    if (operation.do === 'append') this.buffer.appendBuffer(operation.bytes)
    else if (operation.do === 'remove') this.buffer.remove(operation.start, operation.end)
    else this.buffer.changeType?.(operation.mime)
  }

  /** The next operation; appends that stand in a row become one. */
  private next(): Operation | undefined {
    const first = this.waiting.shift()
    if (first?.do !== 'append') return first
    const parts = [first.bytes]
    while (this.waiting[0]?.do === 'append') {
      parts.push((this.waiting.shift() as { bytes: Uint8Array<ArrayBuffer> }).bytes)
    }
    const total = parts.reduce((sum, part) => sum + part.byteLength, 0)
    this.waitingBytes -= total
    if (parts.length === 1) return first
    const bytes = new Uint8Array(total)
    let offset = 0
    for (const part of parts) {
      bytes.set(part, offset)
      offset += part.byteLength
    }
    return { do: 'append', bytes }
  }

  /** The buffer is full: make room behind the play head, then try the same bytes again, once. */
  private squeeze(operation: { do: 'append'; bytes: Uint8Array<ArrayBuffer> }): boolean {
    const first = this.ranges()[0]
    const end = this.ports.currentTime() - KEEP_WHEN_FULL_S
    if (this.squeezed || !first || end <= first.start) return false
    this.squeezed = true
    this.waiting.unshift({ do: 'remove', start: 0, end }, operation)
    this.waitingBytes += operation.bytes.byteLength
    return true
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError'
}
