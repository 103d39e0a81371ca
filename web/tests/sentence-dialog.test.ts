// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import { locale } from '@/base/preferences'
import SentenceDialog from '@/components/SentenceDialog.vue'
import type { Utterance } from '@/desk/protocol'
import { i18n, ready, speakOf } from '@/i18n'

const line = (id: string): Utterance => ({ id, cursor: 1, room: 'room1', source: 'c', session: 's', speaker: 'unknown', start_us: 1, end_us: 2, text: `${id}所说`, words: [], index: 1 })
const corrected = (id: string) => ({ utterance: line(id), versions: [{ version: 1, text: `${id}更正`, by_name: '', t_us: 1, reason: '' }] })
const second = (id: string) => ({ readings: [{ id: 'r', model: '大模型', state: 'done', text: `${id}复听` }] })

let app: App
let shown: { line: Utterance | null }
let closed: number
let answers: Map<string, (body: object) => void>

const path = (id: string, last: string): string => `/api/utterances/${encodeURIComponent(id)}/${last}`
const said = (): string => [...document.querySelectorAll('.said')].map((one) => one.textContent).join('|')
const field = (): HTMLTextAreaElement => document.querySelector<HTMLTextAreaElement>('textarea')!
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 5))
  await nextTick()
}
async function answer(to: string, body: object): Promise<void> {
  await vi.waitFor(() => expect(answers.has(to)).toBe(true))
  answers.get(to)!(body)
  answers.delete(to)
  await settled()
}
async function show(id: string): Promise<void> {
  shown.line = line(id)
  await settled()
}

beforeAll(async () => {
  speakOf('/wall/c1')
  await ready
})
beforeEach(async () => {
  answers = new Map()
  vi.stubGlobal('fetch', (address: string) => new Promise<Response>((done) => answers.set(address, (body) => done(Response.json(body)))))
  closed = 0
  shown = reactive({ line: null })
  app = createApp({ render: () => h(SentenceDialog, { line: shown.line, label: '', mayCorrect: true, onClose: () => (closed += 1) }) })
  const root = document.createElement('div')
  document.body.append(root)
  app.use(i18n).mount(root)
  await settled()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

it('shows the words of its sentence, whichever answer comes last', async () => {
  await show('甲')
  await show('乙')
  await answer(path('乙', 'versions'), corrected('乙'))
  await answer(path('乙', 'readings'), second('乙'))
  await answer(path('甲', 'versions'), corrected('甲'))
  expect(said()).toBe('乙所说|乙复听|乙更正')
  expect(field().value).toBe('乙更正')
  expect(answers.has(path('甲', 'readings'))).toBe(false)
})

it('does not say the second reading of one sentence beside another', async () => {
  await show('甲')
  await answer(path('甲', 'versions'), corrected('甲'))
  await show('乙')
  await answer(path('乙', 'versions'), corrected('乙'))
  await answer(path('甲', 'readings'), second('甲'))
  expect(said()).toBe('乙所说|乙更正')
})

it('does not close another sentence once one is saved', async () => {
  await show('甲')
  await answer(path('甲', 'versions'), corrected('甲'))
  await answer(path('甲', 'readings'), second('甲'))
  field().value = '甲再改'
  field().dispatchEvent(new Event('input', { bubbles: true }))
  await settled()
  document.querySelector<HTMLButtonElement>('[data-testid="sentence-save"]')!.click()
  await show('乙')
  await answer(path('乙', 'versions'), corrected('乙'))
  await answer(path('甲', 'versions'), corrected('甲'))
  expect([closed, field().value]).toEqual([0, '乙更正'])
})

it('says what went wrong in the language of now', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ code: 'unknown_utterance', detail: '' }, { status: 404 }))
  await show('甲')
  const alert = (): string => document.querySelector('[role=alert]')!.textContent!
  expect(alert()).toContain('没有这一句')
  locale.value = 'en'
  await vi.waitFor(() => expect(alert()).toMatch(/^[\x20-\x7e]+$/))
  locale.value = 'zh-CN'
  await vi.waitFor(() => expect(alert()).toContain('没有这一句'))
})

it('keeps a correction that was typed before the versions came', async () => {
  await show('甲')
  field().value = '甲先改'
  field().dispatchEvent(new Event('input', { bubbles: true }))
  await answer(path('甲', 'versions'), corrected('甲'))
  await answer(path('甲', 'readings'), second('甲'))
  expect([field().value, said()]).toEqual(['甲先改', '甲所说|甲复听|甲更正'])
})
