// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import { i18n, ready, speakOf } from '@/i18n'
import SessionWords from '@/pages/words/SessionWords.vue'
import type { SessionVocabulary } from '@/pages/words/words'

let app: App
let now: SessionVocabulary
let posted: unknown[]
let told: boolean[]

async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 5))
  await nextTick()
}
const saves = (): HTMLButtonElement => document.querySelector('[data-testid="session-words-save"]')!
async function write(words: string): Promise<void> {
  const box = document.querySelector('input')!
  box.value = words
  box.dispatchEvent(new Event('input', { bubbles: true }))
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await settled()
}
async function save(): Promise<void> {
  saves().click()
  await settled()
}

beforeAll(async () => {
  await ready
  await speakOf('/cases/c1/words')
})
beforeEach(async () => {
  now = { version: 3, terms: ['恒盛油库', '隔油池'], left_out: [] }
  posted = []
  told = []
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
    if (init?.method !== 'POST') return Response.json(now)
    const asked = JSON.parse(String(init.body))
    posted.push(asked)
    if (asked.base !== now.version) return Response.json({ code: 'words_changed', detail: '' }, { status: 409, headers: { 'Content-Type': 'application/problem+json' } })
    now = { version: now.version + 1, terms: asked.terms, left_out: [] }
    return Response.json(now)
  })
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(SessionWords, { session: 's1', room: '询问室 1', mayTeach: true, onDirty: (dirty: boolean) => told.push(dirty) }) })
  app.use(i18n).mount(root)
  await settled()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('the words of a session', () => {
  it('are sent with the version they were read at, and tell the page while they are not saved', async () => {
    expect(told).toEqual([])
    await write('三脚架')
    expect(told).toEqual([true])
    await save()
    expect(posted).toEqual([{ base: 3, terms: ['恒盛油库', '隔油池', '三脚架'] }])
    expect(told).toEqual([true, false])
    expect(document.querySelector('[role="status"]')!.textContent).toContain('已保存')
  })

  it('hold both changes where somebody else changed them meanwhile', async () => {
    await write('三脚架')
    now = { version: 4, terms: ['恒盛油库', '氩弧焊机'], left_out: [] }
    await save()
    expect(document.querySelector('[role="alert"]')!.textContent).toContain('别人刚改过这些词')
    expect(document.querySelector('[role="status"]')).toBeNull()
    expect(now.version).toBe(4)
    await save()
    expect(posted.at(-1)).toEqual({ base: 4, terms: ['恒盛油库', '氩弧焊机', '三脚架'] })
    expect([now.version, told]).toEqual([5, [true, false]])
  })

  it('keep what is typed while a save is on its way, as not saved', async () => {
    let answer = (): void => undefined
    const centre = fetch
    vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
      if (init?.method === 'POST') await new Promise<void>((done) => (answer = done))
      return centre(path, init)
    })
    await write('三脚架')
    await save()
    await write('氩弧焊机')
    answer()
    await settled()
    expect([document.body.textContent!.includes('氩弧焊机'), saves().disabled, told.at(-1)]).toEqual([true, false, true])
    expect(document.querySelector('[role="status"]')).toBeNull()
    await save()
    answer()
    await settled()
    expect(posted.at(-1)).toEqual({ base: 4, terms: ['恒盛油库', '隔油池', '三脚架', '氩弧焊机'] })
  })

  it('can be asked for again when they did not come', async () => {
    app.unmount()
    document.body.replaceChildren()
    const centre = fetch
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    app = createApp({ render: () => h(SessionWords, { session: 's1', room: '询问室 1', mayTeach: true }) })
    app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
    await settled()
    expect([saves(), document.querySelector('[role="alert"]') !== null]).toEqual([null, true])
    vi.stubGlobal('fetch', centre)
    document.querySelector<HTMLButtonElement>('[data-testid="session-words-again"]')!.click()
    await settled()
    expect([document.querySelector('[role="alert"]'), document.body.textContent!.includes('恒盛油库')]).toEqual([null, true])
  })
})
