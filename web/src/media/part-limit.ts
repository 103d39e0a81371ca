/**
 * How much of its own recording a browser keeps: never more than `MOST_BYTES`, and never so much that the machine
 * it runs on is left without room. Nothing is removed to make room; a part that finds none is not begun.
 */

import { BYTES_PER_S, PART_MS } from './part-recorder'
import { StoreError } from './part-store'
import type { PartStore } from './part-store'

/** Some eight and a half hours. */
export const MOST_BYTES = 8e9
/** Left to the browser and to whatever else it keeps. */
export const RESERVE_BYTES = 200e6
/** With less than three parts' room nothing is begun: two parts are written at a time. */
export const LEAST_BYTES = (3 * BYTES_PER_S * PART_MS) / 1000

/** Bytes that may still be kept beside `own`; null: the browser does not say how much room there is. */
export function roomFor(own: number, said: { quota?: number; usage?: number }): number | null {
  if (said.quota === undefined) return null
  return Math.max(0, Math.min(MOST_BYTES - own, said.quota - (said.usage ?? 0) - RESERVE_BYTES))
}

/** A store that takes no more than there is room for; what it is not told, it does not hold up. */
export class LimitedStore implements PartStore {
  private left: number | null = null

  constructor(
    private readonly store: PartStore,
    private readonly own: () => number,
    private readonly estimate: () => Promise<{ quota?: number; usage?: number }> = () => navigator.storage.estimate(),
  ) {}

  async measure(): Promise<number | null> {
    this.left = roomFor(this.own(), await this.estimate())
    return this.left
  }

  async create(name: string): Promise<void> {
    if (this.left !== null && this.left < LEAST_BYTES) throw new StoreError('storage_full')
    await this.store.create(name)
  }

  async append(name: string, bytes: ArrayBuffer): Promise<number> {
    const size = bytes.byteLength // gone once it was handed to the worker
    if (this.left !== null && this.left < size) throw new StoreError('storage_full')
    const total = await this.store.append(name, bytes)
    if (this.left !== null) this.left -= size
    return total
  }

  close(name: string): Promise<void> {
    return this.store.close(name)
  }

  remove(name: string): Promise<void> {
    return this.store.remove(name)
  }

  list(): Promise<{ name: string; bytes: number }[]> {
    return this.store.list()
  }

  read(name: string): Promise<File> {
    return this.store.read(name)
  }
}
