/** What parts stand on: a browser's recorder that gives a piece when it is told to, and files in memory. */

import * as node from 'node:buffer'
import { StoreError } from '@/media/part-store'
import type { PartStore } from '@/media/part-store'

// jsdom's own cannot be read
const { Blob, File } = node as unknown as { Blob: typeof globalThis.Blob; File: typeof globalThis.File }

export class FakeRecorder {
  static made: FakeRecorder[] = []
  static isTypeSupported = (type: string): boolean => type === 'video/webm'
  state: 'inactive' | 'recording' = 'inactive'
  onstart: (() => void) | null = null
  onstop: (() => void) | null = null
  onerror: (() => void) | null = null
  ondataavailable: ((event: { data: Blob }) => void) | null = null
  /** What came since the last piece; given with the end. */
  rest = ''

  constructor(readonly stream: MediaStream) {
    FakeRecorder.made.push(this)
  }

  /** The one that records now. */
  static get now(): FakeRecorder {
    return FakeRecorder.made.filter((one) => one.state === 'recording').at(-1)!
  }

  start(): void {
    this.state = 'recording'
    queueMicrotask(() => this.onstart?.())
  }

  piece(text: string): void {
    this.ondataavailable?.({ data: new Blob([text]) })
  }

  stop(): void {
    this.state = 'inactive'
    queueMicrotask(() => {
      if (this.rest) this.piece(this.rest)
      this.onstop?.()
    })
  }
}

export class MemoryStore implements PartStore {
  files = new Map<string, string>()
  full = false

  async create(name: string): Promise<void> {
    this.files.set(name, '')
  }
  async append(name: string, bytes: ArrayBuffer): Promise<number> {
    if (this.full) throw new StoreError('storage_full')
    this.files.set(name, this.files.get(name) + new TextDecoder().decode(bytes))
    return this.files.get(name)!.length
  }
  async close(): Promise<void> {}
  async remove(name: string): Promise<void> {
    this.files.delete(name)
  }
  async list(): Promise<{ name: string; bytes: number }[]> {
    return [...this.files].map(([name, text]) => ({ name, bytes: text.length }))
  }
  async read(name: string): Promise<File> {
    return new File([this.files.get(name)!], name)
  }
}
