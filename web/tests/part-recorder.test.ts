// @vitest-environment jsdom
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PART_MS, PartRecorder } from '@/media/part-recorder'
import { PartList } from '@/media/parts'
import { FakeRecorder, MemoryStore } from './part-fakes'

const T0 = 1_795_000_000_000_000
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const stream = {} as MediaStream

let nowUs = T0
let problem: string | null = null
let store: MemoryStore
let list: PartList
let recorder: PartRecorder

/** Time goes by; whatever was begun ends. */
async function passes(ms: number): Promise<void> {
  nowUs += ms * 1000
  await vi.advanceTimersByTimeAsync(ms)
}

/** Files are read and digests made outside of the timers' turn. */
const settled = (): Promise<void> => vi.waitFor(() => expect(list.all().every((one) => one.state !== 'recording' || one.name === list.all().at(-1)!.name)).toBe(true))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  vi.stubGlobal('MediaRecorder', FakeRecorder)
  FakeRecorder.made = []
  localStorage.clear()
  ;[nowUs, problem, store, list] = [T0, null, new MemoryStore(), new PartList(localStorage, 'room')]
  recorder = new PartRecorder(store, list, { source: 'room1-camera', session: () => 's1', nowUs: () => nowUs, onProblem: (code) => (problem = code), onChange: () => undefined })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('recording into parts', () => {
  it('gives each its digest and that of the part that ended before it', async () => {
    await recorder.start(stream)
    for (const text of ['one', 'two', 'three']) {
      FakeRecorder.now.piece(text)
      await passes(PART_MS)
      await settled()
    }
    await recorder.stop()
    const parts = list.all().map(({ sha256, previous, state, first }) => ({ sha256, previous, state, first }))
    expect(parts).toEqual([
      { sha256: digest('one'), previous: '', state: 'kept', first: true },
      { sha256: digest('two'), previous: digest('one'), state: 'kept', first: false },
      { sha256: digest('three'), previous: digest('two'), state: 'kept', first: false },
    ])
    expect(store.files.size).toBe(3) // the part that had nothing is no part
  })

  it('writes what comes with the end, and nothing of it where a pause began', async () => {
    await recorder.start(stream)
    FakeRecorder.now.rest = ' the end'
    FakeRecorder.now.piece('said')
    await recorder.stop()
    expect([...store.files.values()]).toEqual(['said the end'])

    nowUs += 1_000_000
    await recorder.start(stream)
    FakeRecorder.now.rest = ' to a lawyer'
    FakeRecorder.now.piece('aloud')
    await recorder.stop(false)
    expect([...store.files.values()].at(-1)).toBe('aloud')
    expect(list.all().at(-1)).toMatchObject({ sha256: digest('aloud'), state: 'kept' })
  })

  it('says when the store takes no more, keeps what it took, and goes on once there is room', async () => {
    await recorder.start(stream)
    FakeRecorder.now.piece('kept')
    await vi.waitFor(() => expect([...store.files.values()]).toEqual(['kept']))
    store.full = true
    FakeRecorder.now.piece('lost')
    await vi.waitFor(() => expect(problem).toBe('storage_full'))
    store.full = false
    await passes(1_000)
    await vi.waitFor(() => expect(FakeRecorder.made).toHaveLength(2))
    FakeRecorder.now.piece('again')
    await vi.waitFor(() => expect(problem).toBeNull())
    await recorder.stop()
    expect([...store.files.values()]).toEqual(['kept', 'again'])
  })
})
