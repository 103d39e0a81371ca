// @vitest-environment jsdom
import { effectScope } from 'vue'
import type { EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Keyring } from '@/media/keyring'
import { newPart, PartList } from '@/media/parts'
import type { Part } from '@/media/parts'
import { useHandOver } from '@/media/useHandOver'
import { MemoryStore } from './part-fakes'

const T0 = 1_795_000_000_000_000
const LOOK_MS = 1_600

/** The centre: which tokens it knows, whom it lets in, and what it got. */
class Centre {
  tokens = new Set(['token-a', 'token-b'])
  /** Sources for which whoever is signed in may hand over. */
  mine = new Set<string>()
  spans: [number, number][] = []
  got: { by: string; source: string }[] = []
  /** What the centre answers to an upload of a source, instead of taking it. */
  refuses = new Map<string, { status: number; code: string }>()

  fetch = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>
    const token = headers.Authorization?.slice(7)
    if (token !== undefined && !this.tokens.has(token)) return Response.json({ code: 'token_unknown' }, { status: 401 })
    if (path.includes('/recorded')) return Response.json({ spans: this.spans, protected_until_us: T0 + 1e9 })
    if (init.method === 'POST') {
      const said = new Map(headers['Upload-Metadata']!.split(',').map((pair) => pair.split(' ') as [string, string]))
      const source = atob(said.get('source')!)
      if (token === undefined && !this.mine.has(source)) return Response.json({ code: 'unknown_source' }, { status: 404 })
      const no = this.refuses.get(source)
      if (no) return Response.json({ code: no.code }, { status: no.status })
      this.got.push({ by: token ?? 'login', source })
      return new Response(null, { status: 201, headers: { Location: `/uploads/up-${this.got.length}` } })
    }
    if (init.method === 'PATCH') return new Response(null, { status: 204, headers: { 'Upload-Offset': String((init.body as Blob).size) } })
    return Response.json({ state: 'filed', session: 's1', code: '', result: { late_us: 1, spans: [{ start_us: 1, end_us: 2 }] } })
  }
}

let scope: EffectScope
let centre: Centre
let store: MemoryStore
let list: PartList
let keyring: Keyring
const filed: string[] = []
const emptied: string[] = []

function keep(source: string, change: Partial<Part> = {}): void {
  const made = newPart(source, 's1', T0 + list.all().length * 20e6, 'video/webm', false)
  store.files.set(made.name, 'part')
  list.put({ ...made, end_us: made.start_us + 20e6, bytes: 4, state: 'owed', ...change })
}

function look(byLogin = true, mine = () => true) {
  return scope.run(() =>
    useHandOver({ store, list, keyring, byLogin, mine, measure: async () => 7, onFiled: (part) => filed.push(part.source), onEmpty: (source) => emptied.push(source) }),
  )!
}
const passes = (ms = LOOK_MS): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  localStorage.clear()
  filed.length = emptied.length = 0
  ;[scope, centre, store, list, keyring] = [effectScope(), new Centre(), new MemoryStore(), new PartList(localStorage, 'room'), new Keyring(localStorage, 'keys')]
  keyring.add({ source: 'a', token: 'token-a' })
  keyring.add({ source: 'b', token: 'token-b' })
  vi.stubGlobal('fetch', centre.fetch)
})
afterEach(async () => {
  scope.stop()
  vi.useRealTimers()
  await new Promise((done) => setTimeout(done, 50)) // what is on its way belongs to this test's centre
  vi.unstubAllGlobals()
})

describe('looking after the parts', () => {
  it('hands over what is owed, oldest first, tells it, and forgets it', async () => {
    keep('a')
    keep('b')
    const { left, owed } = look()
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['a', 'b'])
    })
    expect([emptied, store.files.size, owed.value.parts, left.value]).toEqual([['a', 'b'], 0, 0, 7])
    expect(centre.got.map((one) => one.by)).toEqual(['token-a', 'token-b'])
  })

  it('forgets what the centre has live, without sending anything', async () => {
    keep('a', { state: 'kept' })
    centre.spans = [[T0, T0 + 20e6]]
    look()
    await vi.waitFor(async () => {
      await passes()
      expect(store.files.size).toBe(0)
    })
    expect([filed, centre.got]).toEqual([[], []])
  })

  it('goes on by whoever is signed in once the token is void; a source they may not give holds up no other', async () => {
    centre.tokens.clear()
    centre.mine.add('b')
    keep('a')
    keep('b', { state: 'kept' })
    const { problem, owed } = look()
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['b'])
    })
    await passes()
    expect(centre.got).toEqual([{ by: 'login', source: 'b' }])
    expect([problem.value, owed.value.parts, keyring.of('a')]).toEqual(['unknown_source', 1, null])
    centre.mine.add('a')
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['b', 'a'])
    })
    expect(problem.value).toBeNull()
  })

  it('leaves a phone its token, and everything where it is, when the centre does not know it', async () => {
    centre.tokens.clear()
    keep('a')
    const { problem } = look(false)
    await vi.waitFor(async () => {
      await passes()
      expect(problem.value).toBe('token_unknown')
    })
    expect([keyring.of('a')?.token, list.all().map((one) => one.state)]).toEqual(['token-a', ['owed']])
  })

  it('sets a part aside that the centre never takes, with the reason, and goes on with the others', async () => {
    centre.refuses.set('a', { status: 404, code: 'unknown_session' })
    keep('a')
    keep('b')
    const { problem, owed } = look()
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['b'])
    })
    expect(list.all().map((one) => [one.source, one.state, one.code])).toEqual([['a', 'refused', 'unknown_session']])
    expect([problem.value, owed.value.refused]).toEqual([null, 1])
  })

  it('sets a part aside that cannot be read here, too', async () => {
    keep('a')
    keep('b')
    const read = store.read.bind(store)
    store.read = async (name) => (name.startsWith('a.') ? Promise.reject(new DOMException('gone', 'NotReadableError')) : read(name))
    look()
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['b'])
    })
    expect(list.all().map((one) => one.code)).toEqual(['part_unreadable'])
  })

  it.each([
    ['an answer that breaks off', () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError('network')) }))],
    ['a page of the network', () => new Response('<html>')],
    ['a centre at which another connection goes on with it', () => Response.json({ code: 'upload_busy' }, { status: 423 })],
  ])('sets nothing aside for %s, and hands it over afterwards', async (_, answer) => {
    keep('a', { upload: '/uploads/up-1', offset: 4 })
    const { problem } = look()
    vi.stubGlobal('fetch', async () => answer())
    await vi.waitFor(async () => {
      await passes()
      expect(problem.value).not.toBeNull()
    })
    expect(list.all().map((one) => one.state)).toEqual(['owed'])
    vi.stubGlobal('fetch', centre.fetch)
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['a'])
    })
  })

  it('tries again at the next load what could not be read or was busy, and nothing else', async () => {
    keep('a', { state: 'refused', code: 'part_unreadable' })
    keep('b', { state: 'refused', code: 'unknown_session' })
    const { adopt } = look()
    await adopt()
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['a'])
    })
    expect(list.all().map((one) => [one.source, one.state])).toEqual([['b', 'refused']])
  })

  it.each(['kept', 'owed'] as const)('goes not a step further with what is %s once the page is left', async (state) => {
    keep('a', { state })
    keep('b', { state })
    const asked: RequestInit[] = []
    let answer = (_: Response): void => undefined
    vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
      if (init.signal!.aborted) return Promise.reject(init.signal!.reason)
      asked.push(init)
      return new Promise<Response>((done) => (answer = done))
    })
    look()
    await vi.waitFor(async () => {
      await passes()
      expect(asked).toHaveLength(1)
    })
    scope.stop()
    expect(asked[0]!.signal!.aborted).toBe(true)
    const other = new PartList(localStorage, 'room') // of another page, which goes on
    other.remove(other.all()[1]!.name)
    const before = localStorage.getItem('room')
    answer(state === 'kept' ? Response.json({ spans: [[T0, T0 + 40e6]], protected_until_us: T0 + 1e9 }) : new Response(null, { status: 201, headers: { Location: '/uploads/up-9' } }))
    await passes(10_000)
    expect([localStorage.getItem('room'), asked.length, store.files.size]).toEqual([before, 1, 2])
  })

  it('touches the list no more when another page took the parts over meanwhile', async () => {
    keep('a', { state: 'kept' })
    keep('b', { state: 'kept' })
    let mine = true
    let answer = (_: Response): void => undefined
    vi.stubGlobal('fetch', () => new Promise<Response>((done) => (answer = done)))
    const { look: now } = look(true, () => mine)
    now()
    await passes(0)
    mine = false
    answer(Response.json({ spans: [[T0, T0 + 40e6]], protected_until_us: T0 + 1e9 }))
    await passes(10_000)
    expect([list.all().length, store.files.size]).toEqual([2, 2])
  })

  it('gives up what is refused when a person wants it gone, and nothing else', async () => {
    keep('a', { state: 'refused' })
    keep('b', { state: 'sent' })
    const { parts, discard, read } = look(true, () => false)
    expect(await read(parts.value[0]!)).not.toBeNull()
    for (const part of [...parts.value]) await discard(part)
    expect([list.all().map((one) => one.source), store.files.size, emptied]).toEqual([['b'], 1, ['a']])
  })

  it('waits with all of them while the centre can take nothing', async () => {
    for (const source of ['a', 'b']) centre.refuses.set(source, { status: 503, code: 'disk_full' })
    keep('a')
    keep('b')
    const { problem } = look()
    await vi.waitFor(async () => {
      await passes()
      expect(problem.value).toBe('disk_full')
    })
    expect(list.all().map((one) => one.state)).toEqual(['owed', 'owed'])
  })

  it('keeps its list when the files cannot be listed, and asks again', async () => {
    keep('a', { state: 'recording' })
    const listed = store.list.bind(store)
    store.list = async () => Promise.reject(new Error('worker'))
    const { adopt } = look()
    await adopt()
    expect(list.all()).toHaveLength(1)
    store.list = listed
    await vi.waitFor(async () => {
      await passes()
      expect(filed).toEqual(['a'])
    })
  })

  it('touches nothing while another page looks after them', async () => {
    keep('a')
    look(true, () => false)
    await passes(10_000)
    expect([filed, centre.got, list.all().length]).toEqual([[], [], 1])
  })
})
