// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { EffectScope } from 'vue'
import type { Room } from '@/api/types'
import { keptText, saidOf, tappedOf } from '@/pages/room/kept-checks'
import type { About, NoticeSaid } from '@/pages/room/kept-checks'
import { REFUSED_MAX, WAITING_MAX, markOf, messageOf, outgoingsOf, signingOf } from '@/pages/room/notice-signing'
import type { Outgoing, Signing } from '@/pages/room/notice-signing'
import { refusedFile } from '@/pages/room/refused-signing'
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
  })

  it('waits as a list, whole entries only; a single one of before is taken along', () => {
    const [one, other] = [{ session: 's1', notice: 'interview/2', signing: INK, by: '' }, { session: 's2', notice: 'interview/2', signing: NOT, by: 'wu' }]
    expect(outgoingsOf(JSON.stringify([one, { session: 's3' }, other, null]))).toEqual([one, other])
    expect(outgoingsOf(JSON.stringify(one))).toEqual([one])
    const why = { code: 'notice_signed', status: 409, at_us: 7 }
    expect(outgoingsOf(JSON.stringify([{ ...one, refused: why }, { ...other, refused: { code: 7 } }]))).toEqual([{ ...one, refused: why }, other])
    for (const bad of ['{"session":"s1"}', '{', '7', 'null', null]) expect(outgoingsOf(bad)).toEqual([])
  })
})

describe('telling the centre', () => {
  const answers: (number | 'away' | Promise<number>)[] = []
  const sent: { path: string; body: unknown }[] = []
  const room = ref<Room | null>(null)
  const SIGNED = { state: 'signed', t_us: 20, name: '张某', by_name: '吴某某', reason: '', witness: '' }
  const KEY = 'duizhi.signing.c.room1'
  const held = (): Outgoing[] => outgoingsOf(localStorage.getItem(KEY))
  const kept = (): string[] => held().filter((one) => !one.refused).map((one) => one.session)
  const keptRefused = (): string[] => held().filter((one) => one.refused).map((one) => one.session)
  const openSession = (id: string | null): void => void (room.value = { id: 'room1', session: id && { id, opened_us: 1 } } as Room)
  const paths = (): string[] => sent.map((one) => one.path.replace('/api/sessions/', ''))
  const scopes: EffectScope[] = []
  function opened(): ReturnType<typeof useNoticeSigning> {
    scopes.push(effectScope())
    return scopes.at(-1)!.run(() => useNoticeSigning({ case: 'c', room }))!
  }
  async function desk(session: string | null): Promise<ReturnType<typeof useNoticeSigning>> {
    openSession(session)
    const found = opened()
    await vi.advanceTimersByTimeAsync(1)
    return found
  }
  /** An answer that comes when it is given. */
  function later(): (status: number) => void {
    let give: (status: number) => void = () => undefined
    answers.push(new Promise<number>((resolve) => (give = resolve)))
    return give
  }

  beforeEach(() => {
    vi.useFakeTimers()
    localStorage.clear()
    answers.length = sent.length = 0
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      if (init.method === 'GET') return Response.json({ name: 'interview/2', signature: null })
      sent.push({ path, body: JSON.parse(String(init.body)) })
      const answer = (await answers.shift()) ?? 200
      if (answer === 'away') throw new TypeError('network')
      return answer === 200 ? Response.json({ name: 'interview/2', signature: SIGNED }) : Response.json({ code: 'notice_signed' }, { status: answer })
    })
    openSession('s1')
  })
  afterEach(() => {
    for (const scope of scopes.splice(0)) scope.stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('is kept while the centre is away, told again, and forgotten then', async () => {
    answers.push('away', 503, 200)
    const desk = opened()
    await vi.advanceTimersByTimeAsync(1)
    expect(desk.mark.value).toBeNull()
    await desk.put('s1', 'interview/2', INK)
    expect(desk.waiting.value).toBe(true)
    expect(desk.mark.value?.state).toBe('signed')
    expect(kept()).toEqual(['s1'])
    scopes.pop()!.stop() // the page is closed
    const again = opened()
    await vi.advanceTimersByTimeAsync(10_000)
    await nextTick()
    expect(sent.map((one) => one.path)).toEqual(Array(3).fill('/api/sessions/s1/notice/signature'))
    expect(again.mark.value).toEqual(SIGNED)
    expect(again.waiting.value).toBe(false)
    expect(localStorage.getItem(KEY)).toBeNull()
  })

  it('is told by the account that was there, and waits where another one is here', async () => {
    localStorage.setItem(KEY, JSON.stringify([{ session: 's1', notice: 'interview/2', signing: INK, by: 'somebody else' }]))
    const desk = opened()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toEqual([])
    expect(kept()).toEqual(['s1'])
    expect(desk.waiting.value).toBe(true)
  })

  it('is tried again where the account may not tell it now', async () => {
    answers.push(403, 200)
    const desk = opened()
    await desk.put('s1', 'interview/2', INK)
    expect(kept()).toEqual(['s1'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sent).toHaveLength(2)
    expect(localStorage.getItem(KEY)).toBeNull()
  })

  it('says what the centre will not take, and tries no more', async () => {
    answers.push(409)
    const desk = opened()
    await vi.advanceTimersByTimeAsync(1)
    await desk.put('s1', 'interview/2', INK)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toHaveLength(1)
    expect(desk.refusedHere.value).toMatchObject({ session: 's1', error: { code: 'notice_signed' } })
    expect(desk.mark.value).toBeNull()
    expect([desk.waiting.value, desk.full.value, kept()]).toEqual([false, false, []])
  })

  it('keeps what the centre will not take until a person dismisses it, also when the page is opened again', async () => {
    answers.push(409, 200)
    const desk = opened()
    await desk.put('s1', 'interview/2', INK)
    await desk.put('s1', 'interview/2', NOT) // noted, and the one before stays
    scopes.pop()!.stop()
    const again = opened()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toHaveLength(2)
    expect(again.keptRefused.value).toMatchObject([{ session: 's1', signing: INK, refused: { code: 'notice_signed', status: 409 } }])
    expect(again.waiting.value).toBe(false)
    again.dismiss(again.keptRefused.value[0]!)
    expect([again.keptRefused.value, localStorage.getItem(KEY)]).toEqual([[], null])
  })

  it('shows what was refused to the account that was there only, and loses none of it', async () => {
    const refused = { code: 'notice_signed', status: 409, at_us: 1 }
    localStorage.setItem(KEY, JSON.stringify([{ session: 's1', notice: 'interview/2', signing: INK, by: 'somebody else', refused }]))
    const desk = opened()
    await desk.put('s1', 'interview/2', INK)
    expect([desk.keptRefused.value, keptRefused()]).toEqual([[], ['s1']])
  })

  it('keeps so many that were refused, and says the next one on the page', async () => {
    const refused = { code: 'notice_signed', status: 409, at_us: 1 }
    const full = Array.from({ length: REFUSED_MAX }, (_, n) => ({ session: `old${n}`, notice: 'interview/2', signing: INK, by: '', refused }))
    localStorage.setItem(KEY, JSON.stringify(full))
    answers.push(409)
    const desk = opened()
    await desk.put('s1', 'interview/2', INK)
    expect(held()).toEqual(full)
    expect(desk.refused.value).toMatchObject([{ session: 's1', kept: false }])
  })

  it('keeps the signature of a session that is over beside that of the next', async () => {
    answers.push(503, 503, 503, 503)
    const page = await desk('s1')
    await page.put('s1', 'interview/2', INK)
    openSession(null)
    await nextTick()
    openSession('s2')
    await vi.advanceTimersByTimeAsync(1)
    expect(page.waiting.value).toBe(false) // of this session nothing waits: it can be signed
    await page.put('s2', 'interview/2', INK)
    expect(kept()).toEqual(['s1', 's2'])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(kept()).toEqual([])
    expect([...new Set(paths())]).toEqual(['s1/notice/signature', 's2/notice/signature'])
    expect(page.mark.value).toEqual(SIGNED)
  })

  it.each([200, 409])('forgets none but the one that was answered (%i)', async (status) => {
    const answer = later()
    const page = await desk('s1')
    const first = page.put('s1', 'interview/2', INK)
    openSession('s2')
    await vi.advanceTimersByTimeAsync(1)
    answers.push(503)
    const second = page.put('s2', 'interview/2', INK)
    expect(kept()).toEqual(['s1', 's2'])
    answer(status)
    await vi.advanceTimersByTimeAsync(1)
    await Promise.all([first, second])
    expect(kept()).toEqual(['s2'])
    expect(page.waiting.value).toBe(true)
    expect(page.refused.value.map((one) => one.session)).toEqual(status === 409 ? ['s1'] : [])
    expect(page.refusedHere.value).toBeNull()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(paths()).toEqual(['s1/notice/signature', 's2/notice/signature', 's2/notice/signature'])
    expect([kept(), keptRefused()]).toEqual([[], status === 409 ? ['s1'] : []])
  })

  it('tells what waits, and what was not taken, where no session is open', async () => {
    localStorage.setItem(KEY, JSON.stringify([{ session: 's1', notice: 'interview/2', signing: INK }]))
    answers.push(409)
    const page = await desk(null)
    expect(paths()).toEqual(['s1/notice/signature'])
    expect(page.refused.value).toMatchObject([{ session: 's1', error: { code: 'notice_signed' }, kept: true }])
    expect([kept(), keptRefused()]).toEqual([[], ['s1']])
  })

  it('takes no more than it keeps, and says so', async () => {
    const full = Array.from({ length: WAITING_MAX }, (_, n) => ({ session: `old${n}`, notice: 'interview/2', signing: INK }))
    localStorage.setItem(KEY, JSON.stringify(full.slice(1)))
    answers.push(...Array<'away'>(40).fill('away'))
    const page = await desk('s1')
    expect(page.full.value).toBe(false)
    await page.put('s1', 'interview/2', INK)
    expect(page.full.value).toBe(true)
    openSession('s2')
    await vi.advanceTimersByTimeAsync(1)
    await page.put('s2', 'interview/2', INK)
    expect(page.refusedHere.value).toEqual({ session: 's2' })
    expect(kept()).toEqual([...full.slice(1).map((one) => one.session), 's1'])
  })
})

describe('a signature that was refused, as a file', () => {
  const one: Outgoing = { session: 's1', notice: 'interview/2', signing: INK, by: 'wu', refused: { code: 'notice_signed', status: 409, at_us: 7 } }
  const read = (text: string): Document => new DOMParser().parseFromString(text, 'image/svg+xml')

  it('is the handwriting dark on white, with what is said of it and all that was kept', () => {
    const picture = read(refusedFile(one, ['张某 <b>', '签收时间']))
    expect(picture.querySelector('parsererror')).toBeNull()
    expect([...picture.querySelectorAll('path')].map((path) => path.getAttribute('d'))).toEqual(['M1,2L4,5'])
    expect([picture.querySelector('rect')?.getAttribute('fill'), picture.querySelector('g')?.getAttribute('stroke')]).toEqual(['#fff', '#12306b'])
    expect([...picture.querySelectorAll('text')].map((line) => line.textContent)).toEqual(['张某 <b>', '签收时间'])
    expect(JSON.parse(picture.querySelector('metadata')!.textContent!)).toEqual(one)
  })

  it('has lines only where nobody signed', () => {
    const picture = read(refusedFile({ ...one, signing: NOT }, ['右手受伤']))
    expect([picture.querySelectorAll('path').length, picture.querySelector('text')?.textContent]).toEqual([0, '右手受伤'])
  })
})
