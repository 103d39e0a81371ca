// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { LEAST_BYTES, LimitedStore, MOST_BYTES, RESERVE_BYTES, roomFor } from '@/media/part-limit'
import { BYTES_PER_S, PART_MS } from '@/media/part-recorder'
import type { PartStore } from '@/media/part-store'

class Memory implements PartStore {
  files = new Map<string, number>()
  async create(name: string): Promise<void> {
    this.files.set(name, 0)
  }
  async append(name: string, bytes: ArrayBuffer): Promise<number> {
    this.files.set(name, (this.files.get(name) ?? 0) + bytes.byteLength)
    return this.files.get(name)!
  }
  async close(): Promise<void> {}
  async remove(name: string): Promise<void> {
    this.files.delete(name)
  }
  async list(): Promise<{ name: string; bytes: number }[]> {
    return [...this.files].map(([name, bytes]) => ({ name, bytes }))
  }
  async read(): Promise<File> {
    return new File([], 'part')
  }
}

describe('the room there is', () => {
  it('leaves the machine its reserve, and is never more than the most that is kept', () => {
    expect(roomFor(0, { quota: 10e9, usage: 9e9 })).toBe(1e9 - RESERVE_BYTES)
    expect(roomFor(0, { quota: 900e9 })).toBe(MOST_BYTES)
    expect(roomFor(MOST_BYTES - 5, { quota: 900e9 })).toBe(5)
    expect(roomFor(MOST_BYTES + 5, { quota: 900e9 })).toBe(0)
    expect(roomFor(0, { quota: 1e9, usage: 2e9 })).toBe(0)
  })
  it('is not known where the browser does not say it', () => {
    expect(roomFor(0, {})).toBeNull()
  })
  it('is some eight hours at most, and two parts and more at least', () => {
    expect(MOST_BYTES / BYTES_PER_S / 3600).toBeCloseTo(8.6, 1)
    expect(LEAST_BYTES).toBe(3 * BYTES_PER_S * (PART_MS / 1000))
  })
})

describe('a store with a limit', () => {
  const own = (memory: Memory) => () => [...memory.files.values()].reduce((sum, one) => sum + one, 0)

  it('begins no part for which there is no room, and says so', async () => {
    const memory = new Memory()
    let quota = RESERVE_BYTES + LEAST_BYTES - 1
    const store = new LimitedStore(memory, own(memory), async () => ({ quota }))
    expect(await store.measure()).toBe(LEAST_BYTES - 1)
    await expect(store.create('a')).rejects.toMatchObject({ code: 'storage_full' })
    quota += 1
    await store.measure()
    await store.create('a')
    expect([...memory.files.keys()]).toEqual(['a'])
  })

  it('counts what it takes until it is measured again, and keeps what it has', async () => {
    const memory = new Memory()
    const store = new LimitedStore(memory, own(memory), async () => ({ quota: RESERVE_BYTES + LEAST_BYTES }))
    await store.measure()
    await store.create('a')
    expect(await store.append('a', new ArrayBuffer(LEAST_BYTES - 10))).toBe(LEAST_BYTES - 10)
    await expect(store.append('a', new ArrayBuffer(11))).rejects.toMatchObject({ code: 'storage_full' })
    expect(await store.append('a', new ArrayBuffer(10))).toBe(LEAST_BYTES)
    expect(memory.files.get('a')).toBe(LEAST_BYTES)
  })

  it('holds up nothing where the room is not known', async () => {
    const memory = new Memory()
    const store = new LimitedStore(memory, own(memory), async () => ({}))
    expect(await store.measure()).toBeNull()
    await store.create('a')
    await store.append('a', new ArrayBuffer(10))
    expect(await store.list()).toEqual([{ name: 'a', bytes: 10 }])
  })
})
