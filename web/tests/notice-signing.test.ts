// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { Room } from '@/api/types'
import { keptText, saidOf, tappedOf } from '@/pages/room/kept-checks'
import type { About, NoticeSaid } from '@/pages/room/kept-checks'
import { markOf, messageOf, outgoingOf, signingOf } from '@/pages/room/notice-signing'
import type { Signing } from '@/pages/room/notice-signing'
import { useNoticeSigning } from '@/pages/room/useNoticeSigning'

const INK: Signing = { ink: { strokes: [[1, 2, 3, 500, 4, 5, 6, 500]], pointer: 'pen', from_us: 10, to_us: 20, person: 'zhang' } }
const NOT: Signing = { unsigned: { why: 'unable', reason: '右手受伤', witness: '', said_us: 30, person: 'zhang' } }

describe('what is kept of a signature', () => {
  it('is read back as it was, and nothing else is', () => {
    for (const one of [INK, NOT]) expect(signingOf(JSON.parse(JSON.stringify(one)))).toEqual(one)
    const ink = (INK as { ink: object }).ink
    const not = (NOT as { unsigned: object }).unsigned
    for (const bad of [
      null, 7, {}, { ink: {} }, { ink: { ...ink, strokes: [] } }, { ink: { ...ink, strokes: [[1.5]] } }, { ink: { ...ink, strokes: 'x' } }, { ink: { ...ink, to_us: '1' } },
      { unsigned: { ...not, why: 'later' } }, { unsigned: { ...not, reason: 3 } },
    ]) expect(signingOf(bad)).toBeNull()
  })

  it('goes with the list of these people, for as long as that counts', () => {
    const said: NoticeSaid = { understood: true, recusal: false, interpreter: false, note: '', language: 'zh', how: 'aloud', given_us: 1, notice: 'interview/2', signing: INK }
    expect(saidOf(JSON.parse(JSON.stringify(said)))).toEqual(said)
    expect(saidOf({ ...said, signing: { ink: {} } })).toEqual({ ...said, signing: undefined })
    const about: About = { case: 'c', room: 'r', person: 'zhang', officers: ['a', 'b'] }
    const text = keptText(about, { officers: true, notice: said }, 5)
    expect(tappedOf(text, about, 6)?.notice?.signing).toEqual(INK)
    expect(tappedOf(text, { ...about, person: 'li' }, 6)).toBeNull()
  })

  it('says where it goes and what it is', () => {
    expect(messageOf('interview/2', INK)).toEqual(['signature', { notice: 'interview/2', ...(INK as { ink: object }).ink }])
    expect(messageOf('interview/2', NOT)[0]).toBe('unsigned')
    expect(markOf(INK)).toEqual({ state: 'signed', t_us: 20, reason: '' })
    expect(markOf(NOT)).toEqual({ state: 'unable', t_us: 30, reason: '右手受伤' })
    expect(outgoingOf('{"session":"s1"}')).toBeNull()
    expect(outgoingOf('{')).toBeNull()
  })
})

describe('telling the centre', () => {
  const answers: (number | 'away')[] = []
  const sent: { path: string; body: unknown }[] = []
  const room = ref<Room | null>(null)
  const SIGNED = { state: 'signed', t_us: 20, name: '张某', by_name: '吴某某', reason: '', witness: '' }
  const KEY = 'duizhi.signing.c.room1'

  beforeEach(() => {
    vi.useFakeTimers()
    localStorage.clear()
    answers.length = sent.length = 0
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      if (init.method === 'GET') return Response.json({ name: 'interview/2', signature: null })
      sent.push({ path, body: JSON.parse(String(init.body)) })
      const answer = answers.shift() ?? 200
      if (answer === 'away') throw new TypeError('network')
      return answer === 200 ? Response.json({ name: 'interview/2', signature: SIGNED }) : Response.json({ code: 'notice_signed' }, { status: answer })
    })
    room.value = { id: 'room1', session: { id: 's1', opened_us: 1 } } as Room
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('is kept while the centre is away, told again, and forgotten then', async () => {
    answers.push('away', 503, 200)
    const scope = effectScope()
    const desk = scope.run(() => useNoticeSigning({ case: 'c', room }))!
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.mark.value).toBeNull()
    await desk.put('s1', 'interview/2', INK)
    expect(desk.waiting.value).toBe(true)
    expect(desk.mark.value?.state).toBe('signed')
    expect(outgoingOf(localStorage.getItem(KEY))).toEqual({ session: 's1', notice: 'interview/2', signing: INK })
    scope.stop() // the page is closed
    const again = effectScope().run(() => useNoticeSigning({ case: 'c', room }))!
    await vi.advanceTimersByTimeAsync(10_000)
    await nextTick()
    expect(sent.map((one) => one.path)).toEqual(Array(3).fill('/api/sessions/s1/notice/signature'))
    expect(again.mark.value).toEqual(SIGNED)
    expect(again.waiting.value).toBe(false)
    expect(localStorage.getItem(KEY)).toBeNull()
  })

  it('says what the centre will not take, and tries no more', async () => {
    answers.push(409)
    const desk = effectScope().run(() => useNoticeSigning({ case: 'c', room }))!
    await vi.advanceTimersByTimeAsync(1)
    await desk.put('s1', 'interview/2', INK)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toHaveLength(1)
    expect(desk.refused.value).toMatchObject({ code: 'notice_signed' })
    expect(desk.mark.value).toBeNull()
    expect(localStorage.getItem(KEY)).toBeNull()
  })
})
