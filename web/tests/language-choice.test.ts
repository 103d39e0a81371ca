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
/** All that was said to the page, in order. */
let said: string[]
/** Holds back answers, by method. */
let held: Record<string, ((answer: () => Response) => void)[]>
let holding: boolean
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
  said = []
  held = { GET: [], POST: [] }
  holding = false
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
    if (holding) return new Promise<Response>((done) => held[init!.method!]!.push((answer) => done(answer())))
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
  app = createApp({ render: () => h(LanguageChoice, { desk, room, small, mayAct: true, onProblem: (text: string) => (said.push(text), (problem = text || problem)) }) })
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

  const refused = (code: string, status = 409): Response => Response.json({ code, detail: '' }, { status })

  it('keeps what was chosen last, whichever answer comes last', async () => {
    holding = true
    languages.set('s1', 'zh')
    await settled() // a look is on its way
    await choose('zh m1')
    expect(select().disabled).toBe(true)
    held.GET!.shift()!(() => Response.json(HEARING))
    await settled()
    expect(select().disabled).toBe(true)
    held.POST!.shift()!(() => Response.json({ ...HEARING, model: 'm1' }))
    await settled()
    expect([select().disabled, select().value]).toEqual([false, 'zh m1'])
  })

  it('looks once more where it was looked for meanwhile', async () => {
    holding = true
    await choose('zh m1')
    languages.set('s1', 'zh,m1')
    await settled()
    const early = held.GET!.shift()!
    held.POST!.shift()!(() => Response.json({ ...HEARING, model: 'm1' }))
    await settled()
    early(() => Response.json(HEARING)) // read before the choice was kept
    held.GET!.shift()!(() => Response.json({ ...HEARING, model: 'm1' }))
    await settled()
    expect(select().value).toBe('zh m1')
  })

  it('takes back no problem of the page by itself, save that it could not look', async () => {
    said = []
    problem = 'model_too_large'
    await choose('zh m1')
    expect(said).toEqual(['', expect.stringContaining('内存不够')])
    said = []
    languages.set('s1', 'en')
    await settled()
    expect(said).toEqual([])
    holding = true
    languages.set('s1', 'zh')
    await settled()
    held.GET!.shift()!(() => refused('database_unavailable', 503))
    await settled()
    expect(said).toEqual([expect.stringContaining('数据库')])
    holding = false
    languages.set('s1', 'en')
    await settled()
    languages.set('s1', 'zh')
    await settled()
    expect(said.slice(1)).toEqual([''])
  })

  it('can be set to any again, the default too, when what was chosen cannot be used', async () => {
    now = { ...HEARING, missing: '大模型' }
    languages.set('s1', 'gone')
    await settled()
    expect([select().value, select().selectedOptions[0]!.text]).toEqual(['', '大模型'])
    await choose('zh ')
    expect(posted).toEqual([{ language: 'zh', model: '' }])
    expect([select().value, document.querySelector('[role="alert"]')]).toEqual(['zh ', null])
  })

  it('can be so on the wall too where one model is left, with the whole of what it says', async () => {
    app.unmount()
    document.body.replaceChildren()
    now = { ...HEARING, languages: HEARING.languages.slice(0, 1), missing: '大模型' }
    await show(true)
    const alert = document.querySelector<HTMLElement>('[role="alert"]')!
    expect(alert.title).toBe(alert.textContent)
    await choose('zh ')
    expect(posted).toEqual([{ language: 'zh', model: '' }])
  })

  it.each(['bad_model', 'model_missing', 'transcriber_unreachable', 'unknown_model', 'model_language'])('says on the wall why: %s', async (code) => {
    holding = true
    await choose('zh m1')
    held.POST!.shift()!(() => refused(code))
    await settled()
    expect(said.at(-1)).not.toBe('')
    expect(said.at(-1)).not.toBe(i18n.global.t('error.unexpected'))
  })
})
