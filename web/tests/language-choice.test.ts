// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import type { Hearing, Room } from '@/api/types'
import LanguageChoice from '@/components/LanguageChoice.vue'
import type { Desk } from '@/desk/useDesk'
import { i18n, ready } from '@/i18n'

const HEARING: Hearing = {
  room: 'r1',
  session: 's1',
  language: 'zh',
  languages: [
    { language: 'zh', name: 'own', demo: true, model: '' },
    { language: 'en', name: 'own-en', demo: true, model: '' },
    { language: 'zh', name: 'large', demo: false, model: 'm1' },
  ],
  model: '',
  missing: '',
}

let app: App
let now: Hearing
let posted: unknown[]
let problem: string
const languages = reactive(new Map<string, string>())

const select = (): HTMLSelectElement => document.querySelector('select')!
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 5))
  await nextTick()
}
async function choose(value: string): Promise<void> {
  select().value = value
  select().dispatchEvent(new Event('change', { bubbles: true }))
  await settled()
}

beforeAll(() => ready)
beforeEach(async () => {
  now = HEARING
  posted = []
  problem = ''
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
    if (init?.method !== 'POST') return Response.json(now)
    const asked = JSON.parse(String(init.body))
    posted.push(asked)
    if (asked.model === 'm1' && problem) return Response.json({ code: problem, detail: '' }, { status: 409, headers: { 'Content-Type': 'application/problem+json' } })
    return Response.json({ ...HEARING, ...asked })
  })
  await show(false)
})
async function show(small: boolean): Promise<void> {
  const desk = { state: { languages, troubles: new Map() } } as unknown as Desk
  const room = { id: 'r1', session: { id: 's1', opened_us: 1 } } as Room
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(LanguageChoice, { desk, room, small, mayAct: true, onProblem: (text: string) => (problem = text || problem) }) })
  app.use(i18n).mount(root)
  await settled()
}
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('the language and the model of a room', () => {
  it('offers each language and each model that is installed beside it', async () => {
    expect([...select().options].map((one) => one.text.trim())).toEqual(['汉语', '英语', '汉语 large'])
    expect(select().value).toBe('zh ')
    await choose('zh m1')
    expect(posted).toEqual([{ language: 'zh', model: 'm1' }])
    expect(select().value).toBe('zh m1')
    await choose('en ')
    expect(posted.at(-1)).toEqual({ language: 'en', model: '' })
  })

  it('says why a model is refused and stays with the one before', async () => {
    problem = 'model_too_large'
    await choose('zh m1')
    expect(problem).toContain('内存不够')
    expect(select().value).toBe('zh ')
  })

  it('says that a chosen model does not hear, also when that comes from the desk', async () => {
    expect(document.querySelector('[role="alert"]')).toBeNull()
    now = { ...HEARING, missing: '大模型' }
    languages.set('s1', 'zh,大模型,missing')
    await settled()
    expect(document.querySelector('[role="alert"]')!.textContent).toContain('“大模型”')
  })

  it('says so on the wall too where there is nothing to choose any more', async () => {
    app.unmount()
    now = { ...HEARING, languages: HEARING.languages.slice(0, 1) }
    await show(true)
    expect(document.querySelector('.hearing')).toBeNull()
    app.unmount()
    now = { ...now, missing: '大模型' }
    await show(true)
    expect(document.querySelector('[role="alert"]')!.textContent).toContain('“大模型”')
  })
})
