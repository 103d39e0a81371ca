import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { sendFile } from '@/pages/handover/send-file'

const SIZE = 5_000_000 // two pieces
const file = new File([new Uint8Array(SIZE)], '执法记录.mp4', { lastModified: 1 })

/** A tus server in memory; the requests whose number is in `fail` get that status, 0: no answer. */
class Server {
  got = 0
  known = true
  asked: [string, Record<string, string>][] = []
  fail = new Map<number, number>()

  fetch = async (_path: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>
    this.asked.push([init.method!, headers])
    const status = this.fail.get(this.asked.length)
    if (status === 0) throw new TypeError('network')
    if (status) return Response.json({}, { status })
    if (init.method === 'POST') return new Response(null, { status: 201, headers: { Location: 'https://elsewhere/uploads/up-1' } })
    if (init.method === 'PATCH') this.got += (init.body as Blob).size
    else if (!this.known) return new Response(null, { status: 403 })
    return new Response(null, { headers: { 'Upload-Offset': String(this.got) } })
  }

  get methods(): string[] {
    return this.asked.map(([method]) => method)
  }
}

let server: Server
const memory = new Map<string, string>()
const away: boolean[] = []

function send(stopping = new AbortController()): Promise<string> {
  return sendFile({ file, source: 'camera-1', signal: stopping.signal, onOffset: (_offset, gone) => void away.push(gone) })
}

beforeEach(() => {
  server = new Server()
  memory.clear()
  away.length = 0
  vi.stubGlobal('fetch', server.fetch)
  vi.stubGlobal('window', { setTimeout: (then: () => void) => queueMicrotask(then), clearTimeout: () => undefined })
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => void memory.set(key, value),
    removeItem: (key: string) => void memory.delete(key),
  })
})
afterEach(() => vi.unstubAllGlobals())

it('sends pieces with their digests and then forgets the address', async () => {
  expect(await send()).toBe('up-1')
  expect(server.methods).toEqual(['POST', 'PATCH', 'PATCH'])
  expect(server.got).toBe(SIZE)
  for (const [, headers] of server.asked) expect(headers).toMatchObject({ 'Tus-Resumable': '1.0.0', 'X-Duizhi': '1' })
  expect(server.asked[1]![1]['Upload-Checksum']).toMatch(/^sha256 [\w+/]{43}=$/)
  expect(memory.size).toBe(0)
})

it.each([0, 503, 409, 460])('asks where it stands and goes on after %i', async (status) => {
  server.fail.set(3, status)
  expect(await send()).toBe('up-1')
  expect(server.methods).toEqual(['POST', 'PATCH', 'PATCH', 'HEAD', 'PATCH'])
  expect(server.asked[4]![1]['Upload-Offset']).toBe(String(4 << 20))
  expect(away).toContain(true)
})

it('gives up on a refusal and keeps the address', async () => {
  server.fail.set(3, 413)
  await expect(send()).rejects.toMatchObject({ status: 413 })
  expect([...memory.values()]).toEqual(['/uploads/up-1'])
})

it('begins anew what the centre does not let it go on with', async () => {
  server.fail.set(3, 413)
  await expect(send()).rejects.toMatchObject({ status: 413 })
  server.known = false
  server.got = 0
  await send()
  expect(server.methods.slice(3)).toEqual(['HEAD', 'POST', 'PATCH', 'PATCH'])
})

it('stops when it is told to', async () => {
  const stopping = new AbortController()
  stopping.abort()
  server.fail.set(1, 0)
  await expect(send(stopping)).rejects.toMatchObject({ status: 0 })
  expect(server.methods).toEqual(['POST'])
})
