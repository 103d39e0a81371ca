import { afterEach, describe, expect, it, vi } from 'vitest'
import { everyPage, readActs } from '@/api/pages'
import type { Act } from '@/api/pages'

const act = (index: number): Act => ({ index, kind: 'x', t_us: index, session: '', by_name: '', summary: {} })
let asked: string[] = []

function answers(of: (path: string) => unknown): void {
  asked = []
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    return Promise.resolve(new Response(JSON.stringify(of(path)), { status: 200 }))
  })
}
afterEach(() => vi.unstubAllGlobals())

describe('answers in pages', () => {
  it('are read to their end, what moved between two pages once', async () => {
    const all = Array.from({ length: 5 }, (_, n) => ({ id: `u${n}` }))
    answers((path) => {
      const offset = Number(/offset=(\d+)/.exec(path)?.[1] ?? 0)
      // one came in at the top after the first page: everything moved down by one
      const now = offset ? [{ id: 'new' }, ...all] : all
      return { sources: ['kept'], uploads: now.slice(offset, offset + 2), more: offset + 2 < now.length }
    })
    const told: number[] = []
    const found = await everyPage<{ sources: string[]; uploads: { id: string }[]; more: boolean }, 'uploads'>('/api/handover', 'uploads', (one) => told.push(one.uploads.length))
    expect(found.uploads.map((one) => one.id)).toEqual(['u0', 'u1', 'u2', 'u3', 'u4'])
    expect(found.sources).toEqual(['kept'])
    expect(told).toEqual([2, 3, 5])
  })

  it('of acts begin where what is known ends', async () => {
    const log = Array.from({ length: 1200 }, (_, n) => act(n)).reverse()
    answers((path) => {
      const before = Number(/before=(\d+)/.exec(path)?.[1] ?? Infinity)
      const rest = log.filter((one) => one.index < before)
      return { acts: rest.slice(0, 500), more: rest.length > 500 }
    })
    const first = await readActs('c')
    expect(first.map((one) => one.index)).toEqual(log.map((one) => one.index))
    expect(asked).toHaveLength(3)
    log.unshift(act(1200))
    answers(() => ({ acts: log.slice(0, 500), more: true }))
    const again = await readActs('c', first)
    expect(again).toHaveLength(1201)
    expect(again[0]!.index).toBe(1200)
    expect(asked).toHaveLength(1)
  })

  it('that fail on their way say so', async () => {
    let calls = 0
    vi.stubGlobal('fetch', () => Promise.resolve(++calls === 1 ? new Response(JSON.stringify({ acts: [act(9)], more: true })) : new Response(JSON.stringify({ code: 'internal' }), { status: 500 })))
    await expect(readActs('c')).rejects.toMatchObject({ code: 'internal' })
  })
})
