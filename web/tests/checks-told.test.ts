// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { EffectScope } from 'vue'
import type { Room, SystemInfo } from '@/api/types'
import { serverNowUs } from '@/base/clock'
import type { DeskState } from '@/desk/state'
import type { NoticeSaid } from '@/pages/room/kept-checks'
import type { Signing } from '@/pages/room/notice-signing'
import { patiently, useChecks } from '@/pages/room/useChecks'
import type { CheckDesk } from '@/pages/room/useChecks'

const account = vi.hoisted(() => ({ me: { value: { id: 'wu' } } }))
vi.mock('@/api/account', () => account)

const inkOf = (x: number): Signing => ({ ink: { strokes: [[x, 2, 3, 500, 4, 5, 6, 500]], pointer: 'pen', from_us: 10, to_us: 20, person: 'zhang' } })
const saidWith = (x: number): NoticeSaid => ({ understood: true, recusal: false, interpreter: false, note: '', language: 'zh', how: 'aloud', given_us: 1, notice: 'interview/2', signing: inkOf(x) })

const room = ref<Room | null>(null)
const sent: { path: string; body: Record<string, unknown> }[] = []
const answers: (number | 'away')[] = []
const versions: string[] = []
let held: Promise<void> | null = null
const noticed: [string, NoticeSaid][] = []
let scope: EffectScope

function opened(): CheckDesk {
  scope = effectScope()
  return scope.run(() =>
    useChecks({
      case: 'c', room, person: ref('zhang'), fixed: ref(false), fixedDb: ref(null), luma: ref(90), loudest: ref(-20),
      desk: { alarms: new Map(), detail: null } as unknown as DeskState,
      system: ref<SystemInfo | null>(null),
      noticed: (session, said) => noticed.push([session, said]),
    }),
  )!
}
/** The session is there, as the page of the room hears it. */
function open(id: string): void {
  room.value = { ...room.value!, session: { id, opened_us: serverNowUs() } }
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  sent.length = answers.length = noticed.length = versions.length = 0
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (path === '/api/rooms/room1/notice' && versions.length) return Response.json({ name: versions.shift() })
    if (init.method === 'GET') return new Response('', { status: 503 })
    sent.push({ path, body: JSON.parse(String(init.body)) })
    await held
    const answer = answers.shift() ?? 200
    if (answer === 'away') throw new TypeError('network')
    return Response.json({}, { status: answer })
  })
  account.me.value = { id: 'wu' }
  room.value = { id: 'room1', officers: [], session: null } as unknown as Room
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a start that does not come through', () => {
  it('leaves what was tapped and signed as it was, for the start after it', async () => {
    const desk = opened()
    Object.assign(desk.tapped, { officers: true, notice: saidWith(1) })
    await nextTick()
    desk.started('')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(desk.tapped.officers).toBe(true)
    expect(desk.tapped.notice?.signing).toEqual(inkOf(1))
    desk.started('')
    open('s1')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent.map((one) => one.path)).toEqual(['checks', 'notice/read', 'notice/answers'].map((one) => `/api/sessions/s1/${one}`))
    expect(noticed).toEqual([['s1', saidWith(1)]])
    expect(desk.tapped.notice).toBeNull()
    expect(desk.untold.value).toBe(false)
    expect(JSON.stringify({ ...localStorage })).not.toContain('strokes')
  })

  it('keeps it over a page that loads again', async () => {
    const desk = opened()
    desk.tapped.notice = saidWith(1)
    await nextTick()
    desk.started('')
    scope.stop()
    const again = opened()
    await nextTick()
    expect(again.tapped.notice?.signing).toEqual(inkOf(1))
  })

  it('takes along what is signed while it is still tried', async () => {
    const desk = opened()
    desk.tapped.notice = saidWith(1)
    await nextTick()
    desk.started('')
    desk.tapped.notice = saidWith(2)
    await nextTick()
    open('s1')
    await vi.advanceTimersByTimeAsync(1)
    expect(noticed).toEqual([['s1', saidWith(2)]])
  })
})

describe('the one tap of the notice', () => {
  it('keeps the version that was in use at that moment', async () => {
    versions.push('interview/2')
    const desk = opened()
    desk.giveUsual()
    expect(desk.tapped.notice).toMatchObject({ understood: true, recusal: false, language: 'zh', how: 'aloud' })
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.tapped.notice?.notice).toBe('interview/2')
    expect(localStorage.getItem('duizhi.checks.c.room1')).toContain('interview/2')
  })

  it('counts without it, and is not given to a tap taken back meanwhile', async () => {
    const desk = opened()
    desk.giveUsual()
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.tapped.notice).not.toHaveProperty('notice')
    versions.push('interview/2')
    desk.giveUsual()
    desk.tapped.notice = null
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.tapped.notice).toBeNull()
  })
})

describe('a list that the centre will not take', () => {
  it('takes neither the answers nor the signature along', async () => {
    answers.push(400, 200, 200)
    const desk = opened()
    desk.tapped.notice = saidWith(1)
    await nextTick()
    desk.started('')
    open('s1')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent.map((one) => one.path.split('/').at(-1))).toEqual(['checks', 'read', 'answers'])
    expect(noticed).toEqual([['s1', saidWith(1)]])
    expect(desk.untold.value).toBe(false)
  })

  it('of one session does not stand in the way of the next one\'s', async () => {
    let late = (): void => undefined
    held = new Promise<void>((done) => (late = done))
    const desk = opened()
    desk.started('a')
    open('s1')
    await vi.advanceTimersByTimeAsync(1)
    room.value = { ...room.value!, session: null }
    desk.started('b')
    open('s2')
    await vi.advanceTimersByTimeAsync(1)
    held = null
    late()
    await vi.advanceTimersByTimeAsync(1)
    expect(sent.map((one) => [one.path, one.body.reason])).toEqual([['/api/sessions/s1/checks', 'a'], ['/api/sessions/s2/checks', 'b']])
    expect(desk.untold.value).toBe(false)
  })
})

describe('another login on the tablet', () => {
  it('tells nothing of the list of the one before, who tells it when back', async () => {
    answers.push('away')
    const desk = opened()
    desk.tapped.notice = saidWith(1)
    await nextTick()
    desk.started('')
    open('s1')
    await vi.advanceTimersByTimeAsync(1)
    scope.stop()
    sent.length = 0
    account.me.value = { id: 'zheng' }
    const other = opened()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toEqual([])
    expect(other.unsigned.value).toBe(true)
    scope.stop()
    account.me.value = { id: 'wu' }
    const back = opened()
    await vi.advanceTimersByTimeAsync(1)
    expect(sent).toHaveLength(3)
    expect(noticed).toEqual([['s1', saidWith(1)]])
    expect(back.untold.value).toBe(false)
  })

  it('that may not tell it now, may later', async () => {
    answers.push(403)
    const desk = opened()
    desk.started('')
    open('s1')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(sent).toHaveLength(1)
    expect(desk.untold.value).toBe(true)
    await vi.advanceTimersByTimeAsync(31_000)
    expect(sent).toHaveLength(2)
    expect(desk.untold.value).toBe(false)
  })
})

describe('before the stop', () => {
  it('one waits for what is being told, and sees what waits', async () => {
    answers.push('away', 200, 200, 200)
    const desk = opened()
    desk.tapped.notice = saidWith(1)
    await nextTick()
    desk.started('')
    expect([desk.untold.value, desk.unsigned.value]).toEqual([true, true])
    open('s1')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent).toHaveLength(1) // the centre was away
    const first = desk.tell()
    expect(desk.tell()).toBe(first)
    await first
    expect(sent.map((one) => one.path.split('/').at(-1))).toEqual(['checks', 'checks', 'read', 'answers'])
    expect([desk.untold.value, desk.unsigned.value]).toEqual([false, false])
  })

  it('a centre that does not answer is not waited for', async () => {
    const waited = patiently(new Promise(() => undefined))
    await vi.advanceTimersByTimeAsync(1_500)
    await expect(waited).resolves.toBeUndefined()
  })
})
