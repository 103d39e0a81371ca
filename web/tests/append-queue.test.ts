import { describe, expect, it } from 'vitest'
import { AppendQueue } from '@/media/append-queue'
import type { SourceBufferLike } from '@/media/append-queue'

/** Behaves like a SourceBuffer: one operation at a time, finished by `finish()`. */
class FakeBuffer implements SourceBufferLike {
  updating = false
  spans: [number, number][] = []
  done: string[] = []
  full = false

  get buffered() {
    const spans = this.spans
    return { length: spans.length, start: (i: number) => spans[i]![0], end: (i: number) => spans[i]![1] }
  }

  appendBuffer(data: BufferSource): void {
    this.begin()
    if (this.full) {
      this.updating = false
      throw Object.assign(new Error('full'), { name: 'QuotaExceededError' })
    }
    this.done.push(`append ${[...(data as Uint8Array)].join(',')}`)
  }

  remove(start: number, end: number): void {
    this.begin()
    this.full = false
    this.done.push(`remove ${start} ${end}`)
  }

  changeType(mime: string): void {
    if (this.updating) throw new Error('InvalidStateError')
    this.done.push(`type ${mime}`)
  }

  private begin(): void {
    if (this.updating) throw new Error('InvalidStateError')
    this.updating = true
  }
}

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values)

function setUp(currentTime = 0) {
  const buffer = new FakeBuffer()
  const broken: unknown[] = []
  const queue = new AppendQueue(buffer, {
    currentTime: () => currentTime,
    onBroken: (error) => broken.push(error),
  })
  const finish = (): void => {
    buffer.updating = false
    queue.pump()
  }
  return { buffer, queue, broken, finish }
}

describe('AppendQueue', () => {
  it('appends at once when the buffer is free', () => {
    const { buffer, queue } = setUp()
    queue.append(bytes(1))
    expect(buffer.done).toEqual(['append 1'])
  })

  it('holds what comes meanwhile and appends it in one go, in order', () => {
    const { buffer, queue, finish } = setUp()
    queue.append(bytes(1))
    queue.append(bytes(2, 3))
    queue.append(bytes(4))
    expect(buffer.done).toEqual(['append 1'])
    finish()
    expect(buffer.done).toEqual(['append 1', 'append 2,3,4'])
  })

  it('changes the type between the fragments it stands between', () => {
    const { buffer, queue, finish } = setUp()
    queue.append(bytes(1))
    queue.append(bytes(2))
    queue.changeType('video/webm')
    queue.append(bytes(3))
    finish()
    finish()
    expect(buffer.done).toEqual(['append 1', 'append 2', 'type video/webm', 'append 3'])
  })

  it('trims what was watched long ago, once', () => {
    const { buffer, queue, finish } = setUp(45)
    buffer.spans = [[0, 46]]
    queue.append(bytes(1))
    queue.trim()
    queue.trim()
    finish()
    expect(buffer.done).toEqual(['append 1', 'remove 0 35'])
  })

  it('leaves a short buffer alone', () => {
    const { buffer, queue } = setUp(20)
    buffer.spans = [[0, 21]]
    queue.trim()
    expect(buffer.done).toEqual([])
  })

  it('makes room when the quota is exceeded, then appends the same bytes', () => {
    const { buffer, queue, broken, finish } = setUp(20)
    buffer.spans = [[0, 21]]
    buffer.full = true
    queue.append(bytes(7))
    expect(buffer.done).toEqual(['remove 0 19'])
    finish()
    expect(buffer.done).toEqual(['remove 0 19', 'append 7'])
    expect(broken).toEqual([])
  })

  it('gives up when there is no room to make', () => {
    const { buffer, queue, broken } = setUp(0.5)
    buffer.spans = [[0, 21]]
    buffer.full = true
    queue.append(bytes(7))
    expect(broken).toHaveLength(1)
  })

  it('gives up when making room did not help', () => {
    const { buffer, queue, broken, finish } = setUp(20)
    buffer.spans = [[0, 21]]
    buffer.full = true
    queue.append(bytes(7))
    buffer.full = true
    finish()
    expect(broken).toHaveLength(1)
  })

  it('reports a buffer that throws', () => {
    const { buffer, queue, broken } = setUp()
    buffer.appendBuffer = () => {
      throw new Error('detached')
    }
    queue.append(bytes(1))
    expect(broken).toHaveLength(1)
  })

  it('does not collect bytes for ever when the buffer hangs', () => {
    const { buffer, queue, broken } = setUp()
    buffer.updating = true
    for (let i = 0; i < 26; i += 1) queue.append(new Uint8Array(1024 * 1024))
    expect(broken.length).toBeGreaterThan(0)
  })
})
