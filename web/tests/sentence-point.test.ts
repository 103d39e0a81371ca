// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import type { Utterance } from '@/desk/protocol'
import { i18n, ready, speakOf } from '@/i18n'
import SentencePoint from '@/pages/wall/SentencePoint.vue'

const line = (id: string): Utterance => ({ id, text: `${id}所说` }) as Utterance
const draft = (id: string) => ({ text: `核实${id}`, detail: {}, utterance: id, hints: [] })

let app: App
let open: { line: Utterance | null }
let closed: string[]
let waiting: Map<string, (answer: Response) => void>

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 5))
  await nextTick()
}
const drafted = (id: string): string => `GET /api/cases/c1/points/draft?utterance=${id}`
const POINTS = 'POST /api/cases/c1/points'
async function answer(to: string, body: object, status = 200): Promise<void> {
  waiting.get(to)!(Response.json(body, { status }))
  waiting.delete(to)
  await settled()
}
async function press(): Promise<void> {
  at('sentence-point')!.click()
  await settled()
}

beforeAll(async () => {
  await ready
  await speakOf('/wall/c1')
})
beforeEach(async () => {
  waiting = new Map()
  closed = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => new Promise<Response>((done) => waiting.set(`${init.method} ${path}`, done)))
  open = reactive({ line: line('a') })
  // as the dialog of a sentence has it: gone while none is open, and closing whichever is
  app = createApp({ render: () => open.line && h(SentencePoint, { case: 'c1', line: open.line, close: () => closed.push(open.line?.id ?? '') }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  await settled()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

it('of the sentence that is open is posted, and closes it', async () => {
  await press()
  await answer(drafted('a'), draft('a'))
  await answer(POINTS, { id: 'p1' })
  expect(closed).toEqual(['a'])
})

it('is not posted once its sentence was closed, and closes no other', async () => {
  await press()
  open.line = null
  await settled()
  open.line = line('b')
  await settled()
  await answer(drafted('a'), draft('a'))
  expect([waiting.has(POINTS), closed]).toEqual([false, []])
})

it('is not posted once another sentence took its place, nor is what went wrong said there', async () => {
  await press()
  open.line = line('b')
  await settled()
  await answer(drafted('a'), draft('a'))
  expect([waiting.has(POINTS), closed, at('sentence-point-form')]).toEqual([false, [], null])
  await press()
  open.line = line('a')
  await settled()
  await answer(drafted('b'), { code: 'unknown_utterance' }, 404)
  expect(document.querySelector('[role=alert]')).toBeNull()
})

it('on its way leaves another sentence open', async () => {
  await press()
  await answer(drafted('a'), draft('a'))
  open.line = line('b')
  await settled()
  await answer(POINTS, { id: 'p1' })
  expect(closed).toEqual([])
})
