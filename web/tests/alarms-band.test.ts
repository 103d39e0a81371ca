// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import AlarmsBand from '@/components/AlarmsBand.vue'
import { locale } from '@/base/preferences'
import type { Alarm } from '@/desk/protocol'
import { i18n, ready, speakOf } from '@/i18n'
import { entitle } from '@/i18n/title'

let look: () => Promise<unknown> = () => Promise.resolve()
vi.mock('@/desk/useChanges', () => ({
  useChanges: (_areas: string[], read: () => Promise<unknown>) => {
    look = read
    void read()
  },
}))

const account = vi.hoisted(() => ({ id: 'a1' }))
vi.mock('@/api/account', () => ({
  me: { get value() { return { id: account.id, role: 'manager' } } },
  roleIn: (of: string) => ({ c2: 'interviewer', c3: 'auditor' })[of] ?? 'manager',
}))

const alarm = (id: string, of: Partial<Alarm> = {}): Alarm => ({ id, room: 'site', source: `x-${id}`, session: 's1', kind: 'sos', about: '', level: 'danger', since_us: 1, raised_us: 1, ...of })
const waits = (one: Alarm, of = 'c1') => ({ case: of, case_name: '油库动火案', case_name_en: 'Depot', room_name: '现场', room_name_en: 'Site', source_name: '手机 01', source_name_en: 'Phone 01', source_kind: 'body_camera', alarm: one })

let alarms: unknown[]
let app: App
let root: HTMLElement
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done))
  await nextTick()
}
async function mounted(): Promise<void> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { render: () => null } }] })
  await router.push('/cases')
  root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(AlarmsBand) })
  app.use(i18n).use(router).mount(root)
  await settled()
}
const at = (id: string): HTMLElement | null => root.querySelector(`[data-testid="${id}"]`)

beforeAll(() => Promise.all([ready, speakOf('/cases')]))
beforeEach(() => {
  sessionStorage.clear()
  locale.value = 'zh-CN'
  alarms = []
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ alarms }), { headers: { 'content-type': 'application/json' } })))
  entitle(() => '案件')
})
afterEach(() => {
  app.unmount()
  root.remove()
  vi.unstubAllGlobals()
})

describe('alarms over a page that is no wall', () => {
  it('shows nothing when none waits', async () => {
    await mounted()
    expect(root.textContent).toBe('')
    expect(document.title).toBe('案件')
  })

  it('says where, what and of which case, the worst first, and leads to the wall', async () => {
    alarms = [waits(alarm('1', { kind: 'picture_black', level: 'warning' })), waits(alarm('2'))]
    await mounted()
    const lines = [...root.querySelectorAll('.alarm')].map((one) => one.textContent)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('现场 手机 01 求助')
    expect(lines[0]).toContain('油库动火案')
    expect(at('go-x-2')!.getAttribute('href')).toBe('/wall/c1')
    expect(document.title).toBe('(2) 报警 · 案件')
  })

  it('put aside leaves their number, and a further one brings the band back', async () => {
    alarms = [waits(alarm('1'))]
    await mounted()
    at('alarms-aside')!.click()
    await settled()
    expect(at('alarms-band')).toBeNull()
    expect(at('alarms-chip')!.textContent).toContain('1 个报警待确认')
    alarms = [waits(alarm('1')), waits(alarm('3'))]
    await look()
    await settled()
    expect([...root.querySelectorAll('.alarm')]).toHaveLength(1)
    expect(at('waits-x-3')).not.toBeNull()
    alarms = [] // somebody has taken notice on the wall
    await look()
    await settled()
    expect(root.textContent).toBe('')
    expect(document.title).toBe('案件')
  })

  it('shows three at most and says how many there are', async () => {
    alarms = ['1', '2', '3', '4', '5'].map((id) => waits(alarm(id)))
    await mounted()
    expect([...root.querySelectorAll('.alarm')]).toHaveLength(3)
    expect(at('alarms-aside')!.textContent).toContain('共 5 个')
  })

  it('of what is over shows one line, and none beside what still stands', async () => {
    const over = (id: string) => waits(alarm(id, { cleared_us: 9, level: 'warning', kind: 'picture_black' }))
    alarms = [over('1'), over('2'), over('3')]
    await mounted()
    expect([...root.querySelectorAll('.alarm')]).toHaveLength(1)
    expect(at('alarms-aside')!.textContent).toContain('共 3 个')
    alarms = [...alarms, waits(alarm('4'))]
    await look()
    await settled()
    expect([...root.querySelectorAll('.alarm')]).toHaveLength(1)
    expect(at('waits-x-4')).not.toBeNull()
  })

  it('the page gives way to it, and takes the place again', async () => {
    const height = vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(48)
    alarms = [waits(alarm('1'))]
    await mounted()
    await settled()
    expect(document.documentElement.style.getPropertyValue('--bands')).toBe('48px')
    at('alarms-aside')!.click()
    await settled()
    expect(document.documentElement.style.getPropertyValue('--bands')).toBe('0px')
    height.mockRestore()
  })

  it('leads to where one may take notice in that case', async () => {
    alarms = [waits(alarm('1')), waits(alarm('2'), 'c2'), waits(alarm('3'), 'c3')]
    await mounted()
    expect(['1', '2', '3'].map((id) => at(`go-x-${id}`)!.getAttribute('href'))).toEqual(['/wall/c1', '/room/site', '/cases/c3'])
  })

  it('counts in the title what is put aside, until somebody takes notice of it', async () => {
    alarms = [waits(alarm('1')), waits(alarm('2'))]
    await mounted()
    at('alarms-aside')!.click()
    await settled()
    expect(document.title).toBe('(2) 报警 · 案件')
    alarms = []
    await look()
    await settled()
    expect(document.title).toBe('案件')
  })

  it('puts aside for whoever is signed in, not for the next one in the tab', async () => {
    alarms = [waits(alarm('1'))]
    await mounted()
    at('alarms-aside')!.click()
    await settled()
    app.unmount()
    root.remove()
    await mounted()
    expect(at('alarms-chip')).not.toBeNull() // another page of the same tab
    app.unmount()
    root.remove()
    account.id = 'a2'
    await mounted()
    expect(at('alarms-band')).not.toBeNull()
    account.id = 'a1'
  })
})
