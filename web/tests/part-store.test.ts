// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { OpfsStore } from '@/media/part-store'
import type { StoreAnswer, StoreRequest } from '@/media/part-store'

let made: FakeWorker[]

class FakeWorker {
  onmessage: ((event: { data: StoreAnswer }) => void) | null = null
  onerror: (() => void) | null = null
  terminate = vi.fn()
  constructor() {
    made.push(this)
  }
  postMessage({ id }: StoreRequest): void {
    queueMicrotask(() => this.onmessage?.({ data: { id, ok: true, value: [] } }))
  }
}

beforeEach(() => {
  made = []
  vi.stubGlobal('Worker', FakeWorker)
})
afterEach(() => vi.unstubAllGlobals())

it('begins another worker after one that failed', async () => {
  const store = new OpfsStore()
  await store.list()
  made[0]!.onerror!()
  expect(await store.list()).toEqual([])
  expect([made.length, made[0]!.terminate.mock.calls.length]).toEqual([2, 1])
})

it('begins none once the page is gone: what is asked then fails', async () => {
  const store = new OpfsStore()
  await store.list()
  store.end()
  await expect(store.remove('a')).rejects.toMatchObject({ code: 'storage_failed' })
  expect([made.length, made[0]!.terminate.mock.calls.length]).toEqual([1, 1])
})
