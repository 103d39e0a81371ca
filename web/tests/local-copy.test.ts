// @vitest-environment jsdom
import { effectScope, nextTick, ref, shallowRef } from 'vue'
import type { EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PublishGrant } from '@/api/types'
import type { Pause } from '@/desk/protocol'
import { RESERVE_BYTES } from '@/media/part-limit'
import { PART_MS } from '@/media/part-recorder'
import type { PublishState } from '@/media/whip'
import { useLocalCopy } from '@/pages/room/useLocalCopy'
import { FakeRecorder, MemoryStore } from './part-fakes'

const GRANT: PublishGrant = { whip_url: '', token: 't', expires_us: 0, source: 'room1-camera', session: 's1', ice_servers: [] }

let scope: EffectScope
let store: MemoryStore
let quota = RESERVE_BYTES + 1e9
const seen = {
  stream: shallowRef<MediaStream | null>(null),
  state: ref<PublishState>('idle'),
  granted: shallowRef<PublishGrant | null>(null),
  pause: shallowRef<Pause | undefined>(undefined),
  session: ref('s1'),
  quiet: ref(false),
}
const open = () => scope.run(() => useLocalCopy(seen, store))!
const begins = (): Promise<void> => vi.waitFor(() => expect(FakeRecorder.now).toBeDefined())
const ends = (): Promise<void> => vi.waitFor(() => expect(FakeRecorder.now).toBeUndefined())
const said = (): string => [...store.files.values()].join('|')

/** As the publisher goes: camera, connecting, a session and a token, live. */
async function publishes(): Promise<void> {
  seen.stream.value = {} as MediaStream
  seen.state.value = 'connecting'
  seen.granted.value = GRANT
  await nextTick()
}

beforeEach(() => {
  localStorage.clear()
  FakeRecorder.made = []
  quota = RESERVE_BYTES + 1e9
  ;[scope, store] = [effectScope(), new MemoryStore()]
  ;[seen.stream.value, seen.state.value, seen.granted.value, seen.pause.value] = [null, 'idle', null, undefined]
  seen.quiet.value = false
  vi.stubGlobal('MediaRecorder', FakeRecorder)
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('network')))
  Object.defineProperty(navigator, 'storage', { configurable: true, value: { estimate: async () => ({ quota, usage: 0 }) } })
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the copy of a room s tablet', () => {
  it('begins once it is known as what it records, never with the preview', async () => {
    open()
    seen.stream.value = {} as MediaStream
    await nextTick()
    expect(FakeRecorder.made).toEqual([])
    await publishes()
    await begins()
    expect(JSON.parse(localStorage.getItem('duizhi.room.parts')!)).toMatchObject([{ source: 'room1-camera', session: 's1', first: true }])
    expect(JSON.parse(localStorage.getItem('duizhi.room.sources')!)).toEqual([{ source: 'room1-camera', token: 't' }])
  })

  it('says that it alone has what is said while nothing gets through, and gives it out at once when it does', async () => {
    const copy = open()
    await publishes()
    await begins()
    expect([copy.alone.value, copy.standing.value?.word]).toEqual([false, 'ready']) // only connecting
    seen.state.value = 'live'
    await nextTick()
    seen.state.value = 'retrying'
    await nextTick()
    expect([copy.alone.value, copy.standing.value?.word]).toEqual([true, 'keeping'])
    seen.state.value = 'connecting'
    await nextTick()
    expect(copy.alone.value).toBe(true)
    FakeRecorder.now.piece('meanwhile')
    seen.state.value = 'live'
    await vi.waitFor(() => expect(FakeRecorder.made).toHaveLength(2))
    await vi.waitFor(() => expect(JSON.parse(localStorage.getItem('duizhi.room.parts')!)[0].state).toBe('kept'))
    expect([copy.alone.value, said()]).toEqual([false, 'meanwhile|'])
  })

  it('keeps nothing of a pause, from the press on, and goes on after it', async () => {
    const copy = open()
    await publishes()
    await begins()
    FakeRecorder.now.piece('before')
    FakeRecorder.now.rest = ' privileged'
    seen.quiet.value = true // pressed
    await ends()
    expect(copy.standing.value?.word).toBe('held')
    seen.pause.value = { start_us: 1 } as Pause // said by the log
    await nextTick()
    seen.quiet.value = false
    await vi.waitFor(() => expect(said()).toBe('before'))
    expect([FakeRecorder.now, copy.standing.value?.word]).toEqual([undefined, 'held'])
    seen.pause.value = undefined
    await begins()
    FakeRecorder.now.rest = ' never'
    seen.pause.value = { start_us: 1 } as Pause // from another desk
    await ends()
    await vi.waitFor(() => expect(said()).toBe('before'))
  })

  it('keeps nothing of a pause that the centre does not know of, however long, until it is over', async () => {
    const copy = open()
    await publishes()
    await begins()
    FakeRecorder.now.piece('before')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    seen.quiet.value = true
    await ends()
    await vi.advanceTimersByTimeAsync(3 * PART_MS)
    expect([FakeRecorder.now, copy.standing.value?.word]).toEqual([undefined, 'held'])
    seen.quiet.value = false
    await begins()
    await vi.waitFor(() => expect(said()).toBe('before|'))
  })

  it('keeps nothing on a page that is opened while such a pause is held', async () => {
    seen.quiet.value = true
    const copy = open()
    await publishes()
    await nextTick()
    expect([FakeRecorder.made, copy.standing.value?.word]).toEqual([[], 'held'])
    seen.quiet.value = false
    await begins()
  })

  it('ends with the sending, whatever becomes of the parts, and their handing over goes on', async () => {
    const copy = open()
    await publishes()
    await begins()
    FakeRecorder.now.piece('kept')
    await vi.waitFor(() => expect(said()).toBe('kept'))
    ;[seen.stream.value, seen.state.value] = [null, 'idle']
    await ends()
    await vi.waitFor(() => expect(copy.parts.value.map((one) => one.state)).toEqual(['kept']))
    expect(copy.standing.value).toBeNull()
    scope.stop()
    scope = effectScope()
    const again = open() // a page that was opened anew
    await vi.waitFor(() => expect(again.parts.value).toHaveLength(1))
  })

  it('says that it alone has what is said only while it is written', async () => {
    const copy = open()
    await publishes()
    await begins()
    seen.state.value = 'retrying'
    await nextTick()
    expect(copy.alone.value).toBe(true)
    store.full = true
    FakeRecorder.now.piece('lost')
    await vi.waitFor(() => expect([copy.alone.value, copy.standing.value?.word]).toEqual([false, 'full']))
  })

  it('says so when another page has taken the parts over', async () => {
    let taken: (why: Error) => void = () => undefined
    const request = async (_name: string, how: LockOptions, keep: () => Promise<void>): Promise<void> =>
      how.steal ? Promise.race([keep(), new Promise<void>((_, reject) => (taken = reject))]) : new Promise(() => undefined)
    Object.defineProperty(navigator, 'locks', { configurable: true, value: { request } })
    const copy = open()
    await publishes()
    await begins()
    seen.state.value = 'retrying'
    await nextTick()
    expect(copy.standing.value?.word).toBe('keeping')
    taken(new DOMException('stolen', 'AbortError'))
    await ends()
    await vi.waitFor(() => expect([copy.alone.value, copy.standing.value?.word]).toEqual([false, 'failed']))
    Object.defineProperty(navigator, 'locks', { configurable: true, value: undefined })
  })

  it('keeps the token of its source no longer than the session, and what is left of it', async () => {
    const keys = (): string => localStorage.getItem('duizhi.room.sources') ?? '[]'
    open()
    await publishes()
    await begins()
    expect(keys()).toContain('room1-camera')
    ;[seen.stream.value, seen.state.value] = [null, 'idle']
    await ends()
    await vi.waitFor(() => expect(keys()).toBe('[]'))
  })

  it('that finds no room says so before the start and holds nothing up; it begins once there is some', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    quota = RESERVE_BYTES
    const copy = open()
    seen.stream.value = {} as MediaStream
    await vi.waitFor(() => expect(copy.standing.value).toMatchObject({ tone: 'differ', word: 'full' }))
    await publishes()
    seen.state.value = 'live'
    await vi.waitFor(() => expect(copy.standing.value?.word).toBe('full'))
    quota += 1e9
    await vi.advanceTimersByTimeAsync(PART_MS)
    await begins()
    FakeRecorder.now.piece('room')
    await vi.waitFor(() => expect(copy.standing.value?.word).not.toBe('full'))
  })

  it('says that this browser cannot, where it cannot', async () => {
    const copy = scope.run(() => useLocalCopy(seen, null))!
    seen.stream.value = {} as MediaStream
    expect(copy.standing.value).toMatchObject({ tone: 'differ', word: 'missing' })
    await publishes()
    expect(FakeRecorder.made).toEqual([])
  })
})
