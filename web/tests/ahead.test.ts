import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askFirst } from '@/api/first'
import { askAhead, get, handOn, post, whenLoginEnds } from '@/api/client'

/** The centre: what it was asked, and what it answers to a path. */
const asked: string[] = []
let answers: Record<string, { status: number; body: unknown }>
let ended: number

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  answers = {}
  ended = 0
  whenLoginEnds(() => void ended++)
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    const { status, body } = answers[path] ?? { status: 200, body: { n: asked.length } }
    return Promise.resolve(new Response(JSON.stringify(body), { status }))
  })
})
afterEach(async () => {
  await vi.runAllTimersAsync()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('what is asked ahead', () => {
  it('is taken once by whoever asks for it, then asked for anew', async () => {
    askAhead('/api/cases')
    askAhead('/api/cases')
    expect(asked).toEqual(['/api/cases'])
    expect([await get('/api/cases'), await get('/api/cases')]).toEqual([{ n: 1 }, { n: 2 }])
    expect(asked).toEqual(['/api/cases', '/api/cases'])
  })

  it('is for its own path only', async () => {
    askAhead('/api/cases')
    expect(await get('/api/cases/a')).toEqual({ n: 2 })
  })

  it('is asked for again where it failed, and only then says what is wrong', async () => {
    answers['/api/cases'] = { status: 401, body: { code: 'login_required' } }
    askAhead('/api/cases')
    await vi.advanceTimersByTimeAsync(1)
    expect(ended).toBe(0)
    await expect(get('/api/cases')).rejects.toMatchObject({ code: 'login_required' })
    expect([ended, asked.length]).toEqual([1, 2])
  })

  it('is of no use after something was done, or after ten seconds', async () => {
    askAhead('/api/cases')
    await post('/api/tasks')
    expect(await get('/api/cases')).toEqual({ n: 3 })
    askAhead('/api/cases')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await get('/api/cases')).toEqual({ n: 5 })
  })

  it('may be handed on by who has it', async () => {
    handOn('/api/cases/a', { id: 'a' })
    expect(await get('/api/cases/a')).toEqual({ id: 'a' })
    expect(asked).toEqual([])
  })
})

describe('what a page begins with', () => {
  const to = (params: Record<string, string>, query: Record<string, string> = {}) => ({ params, query })

  it('is of the case in its address', () => {
    askFirst('/wall/:case', to({ case: 'a b' }))
    expect(asked).toEqual(['/api/cases/a%20b', '/api/cases/a%20b/latest-utterances?limit=200', '/api/cases/a%20b/map'])
  })

  it('is what the question in the address is about', () => {
    askFirst('/review/:case', to({ case: 'a' }, { sessions: 's1,s2' }))
    askFirst('/cases/:case/moment', to({ case: 'a' }, { session: 's1', room: 'r', t: '100000000' }))
    expect(asked).toEqual([
      '/api/cases/a/review?sessions=s1,s2', '/api/cases/a',
      '/api/cases/a/utterances?room=r&from_us=10000000&to_us=190000000&limit=200', '/api/sessions/s1',
    ])
  })

  it('is nothing where the page asks nothing', () => {
    askFirst('/exhibit/:room', to({ room: 'r' }))
    expect(asked).toEqual([])
  })
})
