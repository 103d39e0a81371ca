// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import type { Router } from 'vue-router'
import type { CaseDetail } from '@/api/types'
import { i18n, ready, speakOf } from '@/i18n'
import FactDialog from '@/pages/stated/FactDialog.vue'
import type { Source, Speaking } from '@/pages/stated/stated'

const point = (id: string, slots: string[]) => ({ id, order: Number(id.slice(1)), text: `核实${id}`, en: '', retired_us: null, detail: { slots } })
const DETAIL = { id: 'c1', people: [{ id: 'li', name: '李某' }], points: [point('p1', ['who_ordered', 'when']), point('p2', ['when']), point('p3', ['whether'])] } as unknown as CaseDetail
const SOURCES: Source[] = [{ kind: 'record', id: 'BL-1', name: '张某，第 1 稿' }, { kind: 'named', id: 'd1', name: '审批单' }]
const LONG = '作业负责人：李某，监护人：王某，现场已通风检测合格。'.repeat(10)

let app: App
let router: Router
let shown: { open: boolean }
let posted: { path: string; body: Record<string, unknown> }[]

const at = <T extends HTMLElement = HTMLElement>(id: string): T | null => document.querySelector<T>(`[data-testid="${id}"]`)
const valueOf = (id: string): string => at<HTMLInputElement>(id)!.value
async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 5))
  await nextTick()
}
async function put(id: string, value: string): Promise<void> {
  const field = at<HTMLInputElement>(id)!
  field.value = value
  field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }))
  await settled()
}
async function press(element: HTMLElement | null): Promise<void> {
  element!.click()
  await settled()
}
/** One press beside the dialog: on what lies around it. */
async function pressBeside(): Promise<void> {
  const around = document.querySelector<HTMLElement>('.el-overlay-dialog')!
  for (const kind of ['mousedown', 'mouseup', 'click']) around.dispatchEvent(new MouseEvent(kind, { bubbles: true }))
  await settled()
}
/** It takes some frames to go. */
const goes = (): boolean => document.querySelector('.is-closing') !== null
async function open(): Promise<void> {
  shown.open = true
  await settled()
}

beforeAll(async () => {
  await ready
  await speakOf('/cases/c1/stated')
})
beforeEach(async () => {
  posted = []
  vi.stubGlobal('confirm', vi.fn(() => false))
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body))
    posted.push({ path, body })
    return Response.json(path.endsWith('/read') ? { value: [body.entered], unit: '', unnamed: [] } : { id: 'fa1' })
  })
  shown = reactive({ open: false })
  const say = { t: i18n.global.t, te: i18n.global.te, locale: 'zh-CN', list: (names: string[]) => names.join('、'), person: (name: string) => name } as unknown as Speaking
  const page = { render: () => h(FactDialog, { modelValue: shown.open, 'onUpdate:modelValue': (now: boolean) => (shown.open = now), detail: DETAIL, sources: SOURCES, say, about: null }) }
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }, { path: '/cases', component: { render: () => h('i') } }] })
  await router.push('/')
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(RouterView) })
  app.use(i18n).use(router).mount(root)
  await open()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('what was written', () => {
  it('stays when one presses beside the dialog, on its cross and Cancel, until one gives it up', async () => {
    await put('fact-quote', LONG)
    await pressBeside()
    expect([shown.open, goes(), valueOf('fact-quote')]).toEqual([true, false, LONG])
    await press(document.querySelector('.el-dialog__headerbtn'))
    expect([shown.open, goes(), at('fact-keep')]).toEqual([true, false, null])
    await press(at('fact-stay'))
    expect([valueOf('fact-quote'), at('fact-discard')]).toEqual([LONG, null])
    await press(document.querySelector('[data-testid="fact-dialog"] form button[type="button"]'))
    await press(at('fact-discard'))
    expect(shown.open).toBe(false)
    await open()
    expect(valueOf('fact-quote')).toBe('')
  })

  it('is asked about before another page, and no longer once it is kept or given up', async () => {
    await put('fact-quote', LONG)
    await router.push('/cases')
    expect(router.currentRoute.value.path).toBe('/')
    await press(document.querySelector('.el-dialog__headerbtn'))
    await press(at('fact-discard'))
    await router.push('/cases')
    expect(router.currentRoute.value.path).toBe('/cases')
    expect(confirm).toHaveBeenCalledTimes(1)
  })

  it('is not asked about where there is nothing but a document and a point', async () => {
    await put('fact-document', 'record BL-1')
    await put('fact-point', 'p1')
    await pressBeside()
    expect(goes()).toBe(true)
    await vi.waitFor(() => expect(shown.open).toBe(false))
  })
})

describe('another point', () => {
  it('takes its own slot where none was chosen and nothing was entered', async () => {
    await put('fact-point', 'p1')
    expect(valueOf('fact-slot')).toBe('who_ordered')
    await put('fact-point', 'p2')
    expect(valueOf('fact-slot')).toBe('when')
  })

  it('leaves the value that was entered, and its slot', async () => {
    await put('fact-point', 'p1')
    await put('fact-entered', '李某')
    await put('fact-point', 'p2')
    expect([valueOf('fact-slot'), valueOf('fact-entered')]).toEqual(['who_ordered', '李某'])
  })

  it('leaves a slot that was chosen; the next fact begins anew', async () => {
    await put('fact-point', 'p1')
    await put('fact-slot', 'where')
    await put('fact-point', 'p2')
    expect(valueOf('fact-slot')).toBe('where')
    await pressBeside()
    await vi.waitFor(() => expect(shown.open).toBe(false))
    await open()
    await put('fact-point', 'p3')
    expect(valueOf('fact-slot')).toBe('whether')
  })

  it('a slot chosen otherwise takes another value', async () => {
    await put('fact-point', 'p1')
    await put('fact-entered', '李某')
    await put('fact-slot', 'when')
    expect(valueOf('fact-entered')).toBe('')
  })
})

it.each([['record BL-1', 'record', 'BL-1', ''], ['named d1', 'named', 'd1', '审批单']])('of %s only a name given by hand is said', async (source, kind, document, name) => {
  await put('fact-document', source)
  await put('fact-quote', LONG)
  await put('fact-point', 'p3')
  await put('fact-entered', 'yes')
  await vi.waitFor(() => expect(at<HTMLButtonElement>('fact-keep')!.disabled).toBe(false))
  await press(at('fact-keep'))
  await vi.waitFor(() => expect(shown.open).toBe(false))
  expect(posted.at(-1)).toMatchObject({ path: '/api/cases/c1/document-facts', body: { kind, document, name, entered: 'yes', quote: LONG } })
  expect(at('fact-discard')).toBeNull()
})
