// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { i18n, ready, speakOf } from '@/i18n'
import WordsPage from '@/pages/words/WordsPage.vue'

const changed: (() => Promise<unknown>)[] = []
vi.mock('@/desk/useChanges', () => ({ useChanges: (_: string[], look: () => Promise<unknown>) => changed.push(look) }))
vi.mock('@/components/TopBar.vue', () => ({ default: { render: () => null } }))

const room = (id: string, session: string | null) => ({ id, name: id, name_en: '', session: session && { id: session, opened_us: 1 } })
let app: App
let rooms: object[]
let terms: string[]
let posted: { path: string; body: { terms?: string[] } }[]
let hold: Promise<void> | null

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
const sessions = (): string[] => [...document.querySelectorAll('[data-testid="session-words"] h2')].map((one) => one.textContent!)
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 10))
  await nextTick()
}
async function write(inside: string, words: string): Promise<void> {
  const box = document.querySelector<HTMLInputElement>(`${inside} input:not([disabled])`)!
  box.value = words
  box.dispatchEvent(new Event('input', { bubbles: true }))
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await settled()
}

beforeAll(async () => {
  await ready
  await speakOf('/cases/c1/words')
})
beforeEach(async () => {
  ;[rooms, terms, posted, hold] = [[room('甲室', 's1')], ['隔油池'], [], null]
  changed.length = 0
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (init.method === 'POST') {
      posted.push({ path, body: JSON.parse(String(init.body)) })
      await hold
      if (path.endsWith('/vocabulary')) terms = posted.at(-1)!.body.terms!
    }
    if (path.endsWith('/lexicon')) return Response.json({ lexicon: { people: [], places: [], equipment: [], documents: [] }, clashes: [] })
    if (path.startsWith('/api/sessions/')) return Response.json({ version: 1, terms: [], left_out: [] })
    if (path.endsWith('/vocabulary')) return Response.json({ version: 1, terms, from_file: [], left_out: [] })
    return Response.json({ id: 'c1', name: '某案', name_en: '', state: 'open', may: ['add_point', 'run_session'], rooms })
  })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { render: () => h(WordsPage, { case: 'c1' }) } }] })
  await router.push('/')
  app = createApp({ render: () => h(RouterView) })
  app.use(i18n).use(router).mount(document.body.appendChild(document.createElement('div')))
  await settled()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

it('keeps what is typed while a save is on its way, as not saved', async () => {
  let answer = (): void => undefined
  hold = new Promise<void>((done) => (answer = done))
  await write('[data-testid="words-vocabulary"]', '三脚架')
  at('words-save')!.click()
  await settled()
  await write('[data-testid="words-vocabulary"]', '氩弧焊机')
  answer()
  await settled()
  expect(terms).toEqual(['隔油池', '三脚架'])
  expect([at('words-vocabulary')!.textContent!.includes('氩弧焊机'), at('words-saved'), (at('words-save') as HTMLButtonElement).disabled]).toEqual([true, null, false])
  at('words-save')!.click()
  await settled()
  expect([terms, at('words-saved') !== null]).toEqual([['隔油池', '三脚架', '氩弧焊机'], true])
})

it('shows sessions that begin, and no longer those that ended, but for words that are not saved', async () => {
  expect(sessions()).toHaveLength(1)
  rooms = [room('甲室', 's1'), room('乙室', 's2')]
  for (const look of changed) await look()
  await settled()
  expect(sessions().map((one) => one.includes('甲室'))).toEqual([true, false])
  await write('[data-testid="session-words"]', '三脚架')
  rooms = [room('甲室', null), room('乙室', null)]
  for (const look of changed) await look()
  await settled()
  expect(sessions()).toHaveLength(1)
  expect([sessions()[0]!.includes('甲室'), document.body.textContent!.includes('三脚架')]).toEqual([true, true])
})
