// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive, ref, shallowRef } from 'vue'
import type { App } from 'vue'
import type { CaseDetail, Utterance } from '@/api/types'
import { locale } from '@/base/preferences'
import { i18n, ready, speakOf } from '@/i18n'
import type { LaterReadings } from '@/pages/review/readings'
import ReadingBar from '@/pages/review/ReadingBar.vue'
import ScriptPanel from '@/pages/review/ScriptPanel.vue'
import type { ReviewSession } from '@/pages/review/types'
import { CASE } from '@/pages/review/words'

const MODEL = { id: 'm1', name: '大模型', engine: 'vosk', size_bytes: 1, demo: false, reading: 'r1' }
const of = (model: string, state: 'done' | 'waiting' = 'done'): LaterReadings['readings'][number] => ({ id: `r-${model}`, engine: 'vosk', model, model_sha256: 'ab', language: 'zh', asked_us: 1, by_name: '', done_us: 2, sentences: 1, part: false, state })
const list = (closed: boolean, ...readings: LaterReadings['readings']): LaterReadings => ({ closed, readings, models: closed ? [MODEL] : [] })

/** What waits for its answer, by method and path. */
let waiting: { to: string; answer: (body: object, status?: number) => void }[]
let app: App
let props: { session: string; closed: boolean }

const at = <T extends HTMLElement = HTMLElement>(id: string): T | null => document.querySelector<T>(`[data-testid="${id}"]`)
const options = (): string[] => [...at<HTMLSelectElement>('reading-choose')?.options ?? []].map((one) => one.text)
const alerted = (): string | null => document.querySelector('[role=alert]')?.textContent ?? null
async function settled(): Promise<void> {
  for (let i = 0; i < 6; i += 1) {
    await Promise.resolve()
    await vi.advanceTimersByTimeAsync(1)
    await nextTick()
  }
}
async function answer(to: string, body: object, status = 200): Promise<void> {
  await settled()
  const i = waiting.findIndex((one) => one.to === to)
  expect(i, `${to} was asked`).toBeGreaterThanOrEqual(0)
  waiting.splice(i, 1)[0]!.answer(body, status)
  await settled()
}
const asked = (): string[] => waiting.map((one) => one.to)
function mount(component: object, given: object): void {
  const root = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(component, { ...given }) })
  app.provide(CASE, shallowRef({ may: ['correct_text'] } as CaseDetail))
  app.use(i18n).mount(root)
}

beforeAll(async () => {
  await ready
  await speakOf('/review/c1')
})
beforeEach(() => {
  vi.useFakeTimers()
  HTMLElement.prototype.scrollTo = () => undefined
  waiting = []
  vi.stubGlobal('CSS', { escape: (id: string) => id }) // jsdom has none
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => new Promise<Response>((done) =>
    waiting.push({ to: `${init.method} ${path.replace('/api/sessions/', '')}`, answer: (body, status = 200) => done(status < 400 ? Response.json(body) : Response.json({ code: 'database_unavailable', ...body }, { status })) })))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  locale.value = 'zh-CN'
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the readings of a session', () => {
  beforeEach(() => {
    props = reactive({ session: 'A', closed: true })
    mount(ReadingBar, { get session() { return props.session }, get closed() { return props.closed }, modelValue: 'live' })
  })
  async function hearAgain(): Promise<void> {
    const select = at<HTMLSelectElement>('reading-model')!
    select.value = 'm1'
    select.dispatchEvent(new Event('change'))
    await settled()
    at('reading-hear')!.click()
    await settled()
  }

  it('of one are not put under another that was chosen meanwhile, nor what went wrong with it', async () => {
    await answer('GET A/readings', list(true))
    await hearAgain()
    props.session = 'B'
    await answer('GET B/readings', list(true, of('乙')))
    await answer('POST A/readings', list(true, of('甲', 'waiting')))
    expect(options().join()).toContain('乙')
    expect(options().join()).not.toContain('甲')
    props.session = 'A'
    await answer('GET A/readings', list(true))
    await hearAgain()
    props.session = 'B'
    await answer('GET B/readings', list(true, of('乙')))
    await answer('POST A/readings', { code: 'model_too_large' }, 409)
    expect(alerted()).toBeNull()
  })

  it('of one that could not be had say nothing of the next', async () => {
    await settled()
    props.session = 'B'
    await answer('GET B/readings', list(true, of('乙')))
    await answer('GET A/readings', {}, 503)
    expect(alerted()).toBeNull()
  })

  it('are not looked for once the page is left', async () => {
    await settled()
    const [look] = waiting
    app.unmount()
    look!.answer(list(true, of('甲', 'waiting')))
    waiting = []
    await settled()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked()).toEqual([])
  })

  it('say that they could not be had, and are looked for again; the words follow the language', async () => {
    await answer('GET A/readings', {}, 503)
    const said = alerted()
    expect(said).toContain('数据库')
    locale.value = 'en'
    await vi.waitFor(() => expect(alerted()).toMatch(/^[\x20-\x7e]+$/))
    await vi.advanceTimersByTimeAsync(5_000)
    await answer('GET A/readings', list(true, of('甲', 'waiting')))
    expect(alerted()).toBeNull()
    await vi.advanceTimersByTimeAsync(5_000)
    await answer('GET A/readings', {}, 503) // what is known stays, and it goes on
    expect(options().join()).toContain('甲')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked()).toEqual(['GET A/readings'])
  })

  it('are asked for no more where one may not', async () => {
    await answer('GET A/readings', { code: 'forbidden' }, 403)
    expect(alerted()).not.toBeNull()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked()).toEqual([])
  })

  it('may be made once the session is closed', async () => {
    Object.assign(props, { session: 'B', closed: false })
    await answer('GET B/readings', list(false))
    expect(at('reading-model')).toBeNull()
    props.closed = true
    await answer('GET B/readings', list(true))
    expect(at('reading-model')).not.toBeNull()
  })

  it('are not put back by a look that was asked for before', async () => {
    await answer('GET A/readings', list(true, of('甲', 'waiting')))
    await vi.advanceTimersByTimeAsync(5_000)
    await settled()
    expect(asked()).toEqual(['GET A/readings'])
    await hearAgain()
    await answer('POST A/readings', list(true, of('甲', 'waiting'), of('丙', 'waiting')))
    await answer('GET A/readings', list(true, of('甲')))
    expect(options().join()).toContain('丙')
  })
})

describe('a form of the transcript', () => {
  it.each(['Enter', 'Space', 'beside'])('is fetched by %s as by its words', async (how) => {
    props = reactive({ session: 'A', closed: true })
    mount(ReadingBar, { ...props, modelValue: 'live' })
    await answer('GET A/readings', list(true))
    const fetched = vi.fn((event: Event) => event.preventDefault())
    document.addEventListener('click', (event) => (event.target as HTMLElement).matches('a[download]') && fetched(event))
    document.querySelector<HTMLElement>('.bar .icon')!.click()
    await vi.advanceTimersByTimeAsync(500)
    await settled()
    const item = at('reading-vtt')!.closest('li')!
    if (how === 'beside') item.click()
    else item.dispatchEvent(new KeyboardEvent('keydown', { key: how, code: how, bubbles: true, cancelable: true }))
    await settled()
    expect(fetched.mock.calls.map(([event]) => (event.target as HTMLAnchorElement).getAttribute('href'))).toEqual(['/api/sessions/A/transcript/vtt'])
    at('reading-txt')!.click()
    await settled()
    expect(fetched).toHaveBeenCalledTimes(2)
  })
})

describe('the words of a session', () => {
  const session = ref<ReviewSession>({ id: 'A', room: 'room1', opened_us: 1, closed_us: 2, person_name: '张某' } as ReviewSession)
  const HEARD = 'GET /api/cases/c1/utterances?room=room1&from_us=1&to_us=2&limit=500'
  const line = (text: string): Utterance => ({ id: text, cursor: 1, room: 'room1', source: 'c', session: 'A', speaker: 'unknown', start_us: 1, end_us: 2, text, words: [], index: 1 }) as unknown as Utterance
  const said = (): string => document.querySelector('.said')!.textContent!
  beforeEach(() => {
    session.value = { ...session.value, id: 'A' }
    mount(ScriptPanel, { case: 'c1', get session() { return session.value }, position: 0, playing: false })
  })
  async function choose(reading: string): Promise<void> {
    const select = at<HTMLSelectElement>('reading-choose')!
    select.value = reading
    select.dispatchEvent(new Event('change'))
    await settled()
  }

  it('are said to be none only once that is known', async () => {
    await settled()
    expect(said()).not.toContain('没有')
    expect(said()).toContain('正在载入')
    await answer(HEARD, { utterances: [], more: false })
    expect(said()).not.toContain('正在载入')
    expect(document.querySelector('.nil')!.textContent).toBe(i18n.global.t('review.noWords'))
  })

  it('that could not be had are not hidden by a reading that could, nor said to be none', async () => {
    await answer('GET A/readings', list(true, of('甲')))
    await answer(HEARD, {}, 503)
    expect(alerted()).toContain('数据库')
    await choose('r-甲')
    expect(alerted()).toBeNull()
    expect(said()).toContain('正在载入')
    await answer('GET A/second?reading=r-%E7%94%B2', { lines: [line('复听')] })
    expect(said()).toContain('复听')
    await choose('live')
    expect(alerted()).toContain('数据库')
    expect(said()).not.toContain(i18n.global.t('review.noWords'))
  })

  it('of another session do not fail with it', async () => {
    await settled()
    session.value = { ...session.value, id: 'B' }
    await settled()
    const [first] = waiting.filter((one) => one.to === HEARD)
    first!.answer({}, 503)
    await settled()
    expect(alerted()).toBeNull()
  })
})
