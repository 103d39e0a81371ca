// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { ApiError } from '@/api/client'
import { ATTENDANT_WORDS } from '@/components/attendants/spoken'
import { i18n, ready, speakArea, speakOf } from '@/i18n'
import SigningView from '@/pages/record/SigningView.vue'
import { newLine } from '@/pages/record/types'
import type { RecordDocument } from '@/pages/record/types'
import type { RecordDesk } from '@/pages/record/useRecord'

vi.mock('@/pages/record/SignaturePad.vue', () => ({ default: { render: () => h('p'), methods: { clear: () => undefined } } }))

const foot = (page: number) => ({ place: 'foot', page, signer: 'p', role: 'interviewee', name: '张某', signed_us: null })
const DOCUMENT = { id: 'd1', pages: 2, signed_us: null, read: [], refusals: [], attestation: '', places: [foot(1), foot(2)] } as unknown as RecordDocument

let app: App
let props: { offCamera: boolean }
let failing: boolean
let refusals: unknown[][]
let changes: unknown[][]
let view: { session: string; open: boolean }
let lines: { value: object[] }

const at = <T extends HTMLElement = HTMLElement>(id: string): T | null => document.querySelector<T>(`[data-testid="${id}"]`)
const field = (id: string): HTMLInputElement => {
  const one = at<HTMLInputElement>(id)!
  return one.matches('input, textarea') ? one : one.querySelector<HTMLInputElement>('input, textarea')!
}
const pageNow = (): string => document.querySelector('.pages b')!.textContent!
const dialog = (): HTMLElement => [...document.querySelectorAll<HTMLElement>('.el-overlay')].find((one) => one.style.display !== 'none')!
const alerts = (): string[] => [...document.querySelectorAll('[role=alert]')].map((one) => one.textContent!)
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((done) => setTimeout(done, 2))
    await nextTick()
  }
}
async function press(one: HTMLElement | null): Promise<void> {
  one!.click()
  await settled()
}
async function type(id: string, value: string): Promise<void> {
  field(id).value = value
  field(id).dispatchEvent(new Event('input', { bubbles: true }))
  await settled()
}
async function pressBeside(): Promise<void> {
  const around = dialog().querySelector<HTMLElement>('.el-overlay-dialog')!
  for (const kind of ['mousedown', 'mouseup', 'click']) around.dispatchEvent(new MouseEvent(kind, { bubbles: true }))
  await settled()
}
async function submit(): Promise<void> {
  dialog().querySelector('form')!.dispatchEvent(new Event('submit'))
  await settled()
}
/** It takes some frames to go. */
const goes = (): boolean => dialog() === undefined || document.querySelector('.is-closing, .dialog-fade-leave-active') !== null

beforeAll(async () => {
  await ready
  await speakOf('/room/room1')
  await speakArea(ATTENDANT_WORDS)
})
beforeEach(async () => {
  failing = false
  refusals = []
  changes = []
  HTMLElement.prototype.scrollTo = () => undefined
  const answer = (into: unknown[][]) => async (...said: unknown[]) => {
    into.push(said)
    if (failing) throw new ApiError(0, 'unreachable')
  }
  view = reactive({ session: 's1', open: true })
  lines = reactive({ value: [{ ...newLine('q'), text: '谁安排的？' }, { ...newLine('a'), text: '李某。' }] })
  const record = { view: { value: view }, lines, shown: async () => undefined, refuse: answer(refusals), askChange: answer(changes) } as unknown as RecordDesk
  props = reactive({ offCamera: false })
  const page = { render: () => h(SigningView, { record, document: reactive(structuredClone(DOCUMENT)), onScreen: true, ...props }) }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }] })
  await router.push('/')
  app = createApp({ render: () => h(RouterView) })
  app.use(i18n).use(router).mount(document.body.appendChild(document.createElement('div')))
  await settled()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

describe('a refusal', () => {
  it('that was not kept says so in its dialog, with what was written, and turns no page', async () => {
    await press([...document.querySelectorAll<HTMLElement>('.pages button')].at(-1)!)
    const page = pageNow()
    await press(at('refuse'))
    await type('refuse-reason', '不认可')
    failing = true
    await submit()
    expect(refusals).toHaveLength(1)
    expect(alerts()).toEqual(['连不上中心，请检查网络后再试'])
    expect(dialog().querySelector('[role=alert]')).not.toBeNull()
    expect([field('refuse-reason').value, pageNow(), goes()]).toEqual(['不认可', page, false])
    failing = false
    await submit()
    expect(refusals.at(-1)).toEqual(['d1', 'p', '不认可', '', false])
    expect([alerts(), goes(), pageNow() === page]).toEqual([[], true, false])
  })

  it('is no choice while there is no camera, nor once it ends under the dialog', async () => {
    await press(at('refuse'))
    expect([field('refuse-will-not').checked, field('refuse-will-not').disabled]).toEqual([true, false])
    props.offCamera = true
    await settled()
    expect([field('refuse-will-not').disabled, field('refuse-unable').checked]).toEqual([true, true])
    await type('refuse-reason', '已离开')
    await submit()
    expect(refusals).toEqual([['d1', 'p', '已离开', '', true]])
  })

  it('says what its two kinds are kinds of', async () => {
    await press(at('refuse'))
    expect(at('refuse-unable')!.closest('fieldset')!.querySelector('legend')!.textContent).toBe('没有签名，是哪一种情况')
  })

  it('that was written does not go by a press beside it, nor by its cross before one says so', async () => {
    await press(at('refuse'))
    await type('refuse-reason', '不认可')
    await pressBeside()
    expect([goes(), at('refuse-discard')]).toEqual([false, null])
    await press(dialog().querySelector('.el-dialog__headerbtn'))
    expect([goes(), at('refuse-confirm')]).toEqual([false, null])
    await press(at('refuse-stay'))
    expect(field('refuse-reason').value).toBe('不认可')
    await press(dialog().querySelector('.el-dialog__headerbtn'))
    await press(at('refuse-discard'))
    expect(goes()).toBe(true)
  })
})

describe('a change that is asked for', () => {
  beforeEach(async () => {
    await press(at('ask-change'))
    await press(at('change-line-1'))
    await type('change-what', '是王某')
  })

  it('stays in its dialog until the record has it', async () => {
    failing = true
    await submit()
    expect(changes).toEqual([[1, '是王某']])
    expect([field('change-what').value, goes()]).toEqual(['是王某', false])
    expect(alerts()).toEqual(['连不上中心，请检查网络后再试'])
    failing = false
    await submit()
    expect(goes()).toBe(true)
  })

  it('is asked about before the dialog goes', async () => {
    await pressBeside()
    expect(goes()).toBe(false)
    await press(dialog().querySelector('.el-dialog__headerbtn'))
    expect([goes(), at('change-stay') !== null]).toEqual([false, true])
  })

  it('is of no line once another text stands in its place', async () => {
    lines.value = [{ ...newLine('q'), text: '谁安排的？' }, { ...newLine('q'), text: '什么时候？' }, { ...newLine('a'), text: '李某。' }]
    await settled()
    expect([at<HTMLButtonElement>('change-confirm')!.disabled, field('change-what').value]).toEqual([true, '是王某'])
  })
})
