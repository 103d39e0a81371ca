// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/client'
import { handOver, PartUnreadable } from '@/media/hand-over'
import { newPart } from '@/media/parts'
import type { Part } from '@/media/parts'
import { metadata } from '@/media/tus'

const SIZE = 2_500_000
const FILED = { late_us: 2_000_000, spans: [{ start_us: 1, end_us: 2 }] }
const file = new Blob([new Uint8Array(SIZE)])

/** A tus server in memory; `breaks` requests fail as a dead network does. */
class Server {
  got = 0
  state = 'receiving'
  created: Record<string, string>[] = []
  methods: string[] = []
  breakAt = new Set<number>()
  known = false
  token: string | null = 'token'

  fetch = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>
    this.methods.push(init.method ?? 'GET')
    if (this.breakAt.delete(this.methods.length)) throw new TypeError('network')
    if (this.token) expect([headers.Authorization, init.credentials]).toEqual(['Bearer token', 'omit'])
    else expect([headers.Authorization, headers['X-Duizhi'], init.credentials]).toEqual([undefined, '1', 'same-origin'])
    switch (init.method) {
      case 'POST':
        this.known = true
        this.created.push(headers)
        return new Response(null, { status: 201, headers: { Location: 'https://elsewhere/uploads/up-1' } })
      case 'HEAD':
        if (!this.known) return new Response(null, { status: 404 })
        return new Response(null, { headers: { 'Upload-Offset': String(this.got) } })
      case 'PATCH':
        expect(path).toBe('/uploads/up-1')
        expect(headers['Upload-Offset']).toBe(String(this.got))
        this.got += (init.body as Blob).size
        if (this.got === SIZE) this.state = 'received'
        return new Response(null, { status: 204, headers: { 'Upload-Offset': String(this.got) } })
      default:
        if (!this.known) return Response.json({ code: 'unknown_upload' }, { status: 404 })
        return Response.json({ state: this.state, session: 's1', code: this.state === 'refused' ? 'not_media' : '', result: this.state === 'filed' ? FILED : {} })
    }
  }
}

function setUp() {
  const server = new Server()
  vi.stubGlobal('fetch', server.fetch)
  let part: Part = { ...newPart('phone-a2', 's1', 1_795_000_000_000_000, 'video/mp4', false), bytes: SIZE }
  const run = () =>
    handOver(part, {
      token: server.token,
      read: async () => file,
      change: (_name, change) => (part = { ...part, ...change }),
    })
  return { server, run, part: () => part }
}

afterEach(() => vi.unstubAllGlobals())

describe('handing a part over', () => {
  it('announces it, sends it in slices and says that the centre has it', async () => {
    const { server, run, part } = setUp()
    expect(await run()).toEqual({ state: 'sent' })
    expect(server.methods).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH', 'GET'])
    expect(part()).toMatchObject({ upload: '/uploads/up-1', offset: SIZE })
    const said = new Map(
      server.created[0]!['Upload-Metadata']!.split(',').map((pair) => pair.split(' ') as [string, string]),
    )
    expect(atob(said.get('kind')!)).toBe('local-part')
    expect(atob(said.get('start_us')!)).toBe('1795000000000000')
    expect(atob(said.get('session')!)).toBe('s1')
    expect(atob(said.get('sha256')!)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('goes on where it was after a break, without sending anything twice', async () => {
    const { server, run } = setUp()
    server.breakAt.add(3) // the second slice
    await expect(run()).rejects.toMatchObject({ code: 'unreachable' })
    expect(server.got).toBe(1 << 20)
    expect(await run()).toEqual({ state: 'sent' })
    expect(server.created).toHaveLength(1)
    expect(server.methods.slice(3)).toEqual(['GET', 'HEAD', 'PATCH', 'PATCH', 'GET'])
  })

  it('asks again until it is filed, and begins anew when the upload is unknown', async () => {
    const { server, run } = setUp()
    await run()
    expect(await run()).toEqual({ state: 'sent' })
    server.state = 'filed'
    expect(await run()).toEqual({ state: 'filed', session: 's1', ...FILED })
    server.known = false
    server.got = 0
    server.state = 'receiving'
    expect(await run()).toEqual({ state: 'sent' })
    expect(server.created).toHaveLength(2)
  })

  it.each([[true, '1'], [false, undefined]])('says whether it was connecting when the part began: %s', async (first, said) => {
    const { server, run, part } = setUp()
    Object.assign(part(), { first })
    await run()
    const pairs = new Map(server.created[0]!['Upload-Metadata']!.split(',').map((pair) => pair.split(' ') as [string, string]))
    expect(pairs.get('first')).toBe(said && btoa(said))
  })

  it('names the digest that the part ended with, and that of the part before it', async () => {
    const { server, run, part } = setUp()
    Object.assign(part(), { sha256: 'a'.repeat(64), previous: 'b'.repeat(64) })
    await run()
    const said = new Map(server.created[0]!['Upload-Metadata']!.split(',').map((pair) => pair.split(' ') as [string, string]))
    expect(atob(said.get('sha256')!)).toBe('a'.repeat(64)) // not what is read now: that is the centre's to compare
    expect(atob(said.get('previous_sha256')!)).toBe('b'.repeat(64))
  })

  it('goes by whoever is signed in where no token is left', async () => {
    const { server, run } = setUp()
    server.token = null
    expect(await run()).toEqual({ state: 'sent' })
  })

  it('tells a refusal with its code', async () => {
    const { server, run } = setUp()
    await run()
    server.state = 'refused'
    expect(await run()).toEqual({ state: 'refused', code: 'not_media' })
  })

  it('gives the problem of an upload that is not taken', async () => {
    const { run } = setUp()
    vi.stubGlobal('fetch', async () => Response.json({ code: 'disk_full' }, { status: 503 }))
    await expect(run()).rejects.toEqual(new ApiError(503, 'disk_full', { code: 'disk_full' }))
  })
})

describe('an answer that is not the centre\'s, or not whole', () => {
  const page = () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } })
  it.each([
    ['breaks off', () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError('network')) }))],
    ['is a page of the network', page],
  ])('%s: it is as none, and says nothing of the part', async (_, answer) => {
    const { server, run } = setUp()
    await run()
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => (init.method === 'GET' ? answer() : server.fetch(path, init)))
    await expect(run()).rejects.toEqual(new ApiError(0, 'unreachable'))
  })

  it.each(['HEAD', 'PATCH'])('to %s without an offset is none', async (method) => {
    const { server, run } = setUp()
    server.breakAt.add(3)
    await run().catch(() => undefined)
    const asked: string[] = []
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      asked.push(init.method!)
      if (asked.length > 9) throw new Error('asked for ever')
      return init.method === method ? page() : server.fetch(path, init)
    })
    await expect(run()).rejects.toEqual(new ApiError(0, 'unreachable'))
  })

  it('tells apart a file that cannot be read here', async () => {
    setUp()
    const part = newPart('phone-a2', 's1', 1_795_000_000_000_000, 'video/mp4', false)
    const broken = { size: 3, arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) } as unknown as Blob
    for (const read of [() => Promise.reject(new DOMException('gone', 'NotFoundError')), async () => broken]) {
      await expect(handOver(part, { token: 'token', read, change: () => undefined })).rejects.toBeInstanceOf(PartUnreadable)
    }
  })
})

describe('the metadata', () => {
  it('is base64 of UTF-8, without empty values', () => {
    expect(metadata({ filename: '手机', session: '', kind: 'file' })).toBe('filename 5omL5py6,kind ZmlsZQ==')
  })
})
