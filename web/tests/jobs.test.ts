import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobItem } from '@/api/types'
import { QUIET_MS, followJob, forgetJobs, loadJobs, newestJob, ownJobs, takeJob } from '@/desk/jobs'

const item = (more: Partial<JobItem> = {}): JobItem => ({
  id: 'jb-1', kind: 'export', state: 'running', progress: 0, created_us: 1, finished_us: null, code: '', case: 'c', case_number: '', case_name: '',
  case_name_en: '', session: '', room: '', room_en: '', about: '', verdict: '', export: '', derived: '', ...more,
})

/** What the centre answers, by path; a function is asked each time. */
let answers: Record<string, () => unknown>
let asked: string[]

beforeEach(() => {
  vi.useFakeTimers()
  forgetJobs()
  answers = {}
  asked = []
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path)
    const said = answers[path]?.()
    if (said === undefined) throw new TypeError('away')
    return new Response(JSON.stringify(said), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the list', () => {
  it('takes steps as they come, the newest job first, and is not undone by what comes late', () => {
    takeJob(item())
    takeJob(item({ id: 'jb-2', created_us: 2 }))
    takeJob(item({ state: 'done', progress: 1000 }))
    takeJob(item({ progress: 900 }))
    expect(ownJobs.value.map((one) => [one.id, one.state])).toEqual([['jb-2', 'running'], ['jb-1', 'done']])
    forgetJobs()
    expect(ownJobs.value).toEqual([])
  })

  it('is read once for all who ask at the same time', async () => {
    answers['/api/jobs'] = () => ({ jobs: [item({ id: 'jb-3', state: 'failed', code: 'disk_full' })] })
    const [first, found] = await Promise.all([loadJobs(), newestJob((one) => one.kind === 'export')])
    expect(asked).toEqual(['/api/jobs'])
    expect(found).toEqual(first[0])
    expect(await newestJob((one) => one.kind === 'clip')).toBeNull()
    answers = {}
    expect(await newestJob(() => true)).toBeNull()
  })
})

describe('following a job', () => {
  const path = '/api/jobs/jb-1'

  it('asks once while it is told of every step, and once more at the end', async () => {
    let state = { state: 'running', progress: 10, result: null as unknown, error: null }
    answers[path] = () => state
    const seen: number[] = []
    const end = followJob<{ made: boolean }>('jb-1', () => true, (now) => seen.push(now))
    await vi.advanceTimersByTimeAsync(100)
    for (let step = 1; step <= 5; step++) {
      takeJob(item({ progress: step * 100 }))
      await vi.advanceTimersByTimeAsync(QUIET_MS - 100)
    }
    expect(asked).toEqual([path])
    state = { state: 'done', progress: 1000, result: { made: true }, error: null }
    takeJob(item({ state: 'done', progress: 1000 }))
    expect(await end).toEqual({ made: true })
    expect(asked).toEqual([path, path])
    expect(seen).toEqual([10, 100, 200, 300, 400, 500])
  })

  it('asks when nothing is heard, and waits for a centre that is away', async () => {
    const end = followJob('jb-1', () => true, () => undefined)
    await vi.advanceTimersByTimeAsync(2 * QUIET_MS + 50)
    expect(asked.length).toBe(3)
    answers[path] = () => ({ state: 'done', progress: 1000, result: { n: 1 }, error: null })
    await vi.advanceTimersByTimeAsync(QUIET_MS)
    expect(await end).toEqual({ n: 1 })
  })

  it('throws what stopped it, and ends when nobody waits', async () => {
    answers[path] = () => ({ state: 'failed', progress: 3, result: null, error: { code: 'disk_full', detail: '' } })
    await expect(followJob('jb-1', () => true, () => undefined)).rejects.toMatchObject({ code: 'disk_full' })
    answers[path] = () => ({ state: 'running', progress: 3, result: null, error: null })
    const left = followJob('jb-1', () => false, () => undefined).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(QUIET_MS + 10)
    expect(await left).toMatchObject({ code: 'left' })
  })

  it('asks at once again when the end is told while it is asked for', async () => {
    let calls = 0
    answers[path] = () => {
      if (++calls === 1) takeJob(item({ state: 'done', progress: 1000 }))
      return calls === 1 ? { state: 'running', progress: 990, result: null, error: null } : { state: 'done', progress: 1000, result: { n: 2 }, error: null }
    }
    expect(await followJob('jb-1', () => true, () => undefined)).toEqual({ n: 2 })
    expect(calls).toBe(2)
  })
})
