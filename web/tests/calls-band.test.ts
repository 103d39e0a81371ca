// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Router } from 'vue-router'
import CallsBand from '@/components/CallsBand.vue'
import type { VoiceLine } from '@/desk/protocol'
import type { Desk } from '@/desk/useDesk'
import { locale } from '@/base/preferences'
import { unattended } from '@/desk/unattended'
import { i18n, ready } from '@/i18n'
import { entitle } from '@/i18n/title'
import { useAnswer } from '@/pages/wall/useAnswer'
import type { Voice } from '@/pages/wall/useVoice'

let look: () => Promise<unknown> = () => Promise.resolve()
vi.mock('@/desk/useChanges', () => ({
  useChanges: (_areas: string[], read: () => Promise<unknown>) => {
    look = read
    void read()
  },
}))

const LINE: VoiceLine = { id: 'vl-1', room: 'site', session: 's1', source: 'call-p1', by: 'source:p1', by_name: '手机 01', state: 'calling', called_us: 1, to: 'p1' }
const inCase = (line: Partial<VoiceLine>, of = 'c1') => ({ case: of, case_name: '油库动火案', case_name_en: 'Depot', room_name: '现场', room_name_en: 'Site', source_name: '手机 01', source_name_en: 'Phone 01', line: { ...LINE, ...line } })

let app: App
let root: HTMLElement
let router: Router
async function mounted(render: () => unknown, path: string): Promise<void> {
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/wall/:case', component: { render: () => null } }, { path: '/:rest(.*)*', component: { render: () => null } }],
  })
  await router.push(path)
  root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render })
  app.use(i18n).use(router).mount(root)
  await settled()
}
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done))
  await nextTick()
}
const at = (id: string): HTMLElement | null => root.querySelector(`[data-testid="${id}"]`)

beforeAll(() => ready)
afterEach(() => {
  app.unmount()
  root.remove()
  vi.unstubAllGlobals()
})

describe('a device that calls, on a page that is no wall', () => {
  let calls: unknown[]

  beforeEach(() => {
    calls = [inCase({})]
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ calls })))
    entitle(() => '案件')
  })
  async function become(...now: unknown[]): Promise<void> {
    calls = now
    await look()
    await settled()
  }
  const band = (path = '/cases'): Promise<void> => mounted(() => h(CallsBand), path)

  it('rings with who and where, in the tab too, and leads to the wall that answers', async () => {
    await band()
    expect(at('rings-p1')!.getAttribute('role')).toBe('alert')
    expect(at('rings-p1')!.textContent).toContain('手机 01呼叫指挥中心')
    expect(at('rings-p1')!.textContent).toContain('现场 · 油库动火案')
    expect(document.title).toBe('(1) 手机 01呼叫指挥中心 · 案件')
    expect(at('answer-p1')!.getAttribute('href')).toBe('/wall/c1?answer=vl-1')
    await become(inCase({ state: 'open', opened_us: 2, answered_by: '林队', answered_account: 'other' }))
    expect(at('rings-p1')).toBeNull()
    expect(at('rang-p1')!.textContent).toContain('林队接听了手机 01的呼叫')
    expect(document.title).toBe('案件')
  })
  it('calls a device what it is called in the language of the page', async () => {
    locale.value = 'en'
    await vi.waitFor(() => expect(i18n.global.locale.value).toBe('en'))
    await band()
    expect(at('rings-p1')!.textContent).toContain('Phone 01')
    expect(document.title).toContain('Phone 01')
    await become(inCase({ state: 'ended', ended_us: 3, why: 'unanswered' }))
    expect(at('rang-p1')!.textContent).toContain('Phone 01')
    expect(root.textContent).not.toContain('手机')
    locale.value = 'zh-CN'
    await vi.waitFor(() => expect(i18n.global.locale.value).toBe('zh-CN'))
  })
  it('offers nothing on a screen nobody sits at', async () => {
    unattended.value = true
    await band('/wall/c2')
    expect(at('rings-p1')!.textContent).toContain('手机 01呼叫指挥中心')
    expect(root.querySelectorAll('a, button')).toHaveLength(0)
    unattended.value = false
  })
  it('keeps what nobody took until it is noticed, and says nothing of what rang elsewhere', async () => {
    await band()
    await become(inCase({ state: 'ended', ended_us: 3, why: 'unanswered' }), inCase({ id: 'vl-0', to: 'p0', state: 'ended', ended_us: 3, why: 'unanswered' }))
    expect(at('rang-p1')!.textContent).toContain('30\u00a0秒无人接听')
    expect(at('rang-p0')).toBeNull()
    at('rang-p1')!.querySelector('button')!.click()
    await nextTick()
    expect(at('calls-band')).toBeNull()
  })
  it('is put aside here, and tells nothing of it afterwards', async () => {
    await band()
    at('rings-p1')!.querySelector('button')!.click()
    await nextTick()
    expect(at('calls-band')).toBeNull()
    expect(document.title).toBe('案件')
    await become(inCase({ state: 'ended', ended_us: 3, why: 'unanswered' }))
    expect(at('calls-band')).toBeNull()
  })
  it('leaves the calls of a case to its own wall', async () => {
    await band('/wall/c1')
    expect(at('calls-band')).toBeNull()
    await become(inCase({}), inCase({ id: 'vl-2', to: 'p2' }, 'c2'))
    expect(at('rings-p1')).toBeNull()
    expect(at('answer-p2')!.getAttribute('href')).toBe('/wall/c2?answer=vl-2')
  })
})

describe('the wall one is led to', () => {
  const taken = { value: false }
  const take = vi.fn(() => Promise.resolve())
  const state = { lines: new Map([[LINE.id, LINE]]) }
  const connection = ref('connecting')

  async function wall(may: boolean): Promise<void> {
    take.mockClear()
    connection.value = 'connecting'
    const used = { setup: () => useAnswer({ state, connection } as unknown as Desk, { taken, take } as unknown as Voice, () => may), render: () => null }
    await mounted(() => h(used), '/wall/c1?answer=vl-1&screen=x')
    expect(take).not.toHaveBeenCalled() // it knows of no call yet
    connection.value = 'live'
    await settled()
    expect(router.currentRoute.value.query).toEqual({ screen: 'x' })
  }

  it('takes the call, once', async () => {
    await wall(true)
    expect(take.mock.calls).toEqual([[LINE, true]])
    for (const now of ['waiting', 'live']) {
      connection.value = now
      await settled()
    }
    expect(take).toHaveBeenCalledTimes(1)
  })
  it('takes nothing for who may not, or speaks already', async () => {
    await wall(false)
    expect(take).not.toHaveBeenCalled()
    app.unmount()
    taken.value = true
    await wall(true)
    expect(take).not.toHaveBeenCalled()
    taken.value = false
  })
})
