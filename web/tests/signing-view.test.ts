// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import { ATTENDANT_WORDS } from '@/components/attendants/spoken'
import { ApiError } from '@/api/client'
import { i18n, ready, speakArea, speakOf } from '@/i18n'
import { CorrectionsPart, speakLater } from '@/pages/record/corrections'
import SigningView from '@/pages/record/SigningView.vue'
import type { Block, PageText, RecordDocument } from '@/pages/record/types'
import { CORRECTIONS } from '@/pages/record/useRecord'
import type { RecordDesk, Shown } from '@/pages/record/useRecord'

vi.mock('@/pages/record/SignaturePad.vue', () => ({
  default: { props: ['disabled', 'hint'], emits: ['confirm'], render(this: { disabled: boolean; hint: string; $emit: (name: string, ...args: unknown[]) => void }) { return h('p', { 'data-testid': 'pad', 'data-disabled': String(this.disabled), onClick: () => this.$emit('confirm', [[1, 1]], 'mouse') }, this.hint) }, methods: { clear: () => undefined } },
}))
for (const name of ['ChangeDialog', 'RefuseDialog']) vi.doMock(`@/pages/record/${name}.vue`, () => ({ default: { render: () => null } }))

const block = (kind: Block['kind'], text: string, more: Partial<Block> = {}): Block => ({ kind, text, label: '', t_us: 0, end_us: 0, continued: false, ...more })
const TEXTS: Record<string, Block[]> = {
  '1': [block('head', '某支队　询问笔录'), block('title', '询问笔录'), block('field', '张某', { label: '被询问人：' }), block('field', '', { label: '性别：' }), block('q', '谁安排的？', { label: '问：', t_us: 100, end_us: 200 }), block('foot', '第 1 页　共 2 页')],
  '2': [block('a', '李某。', { continued: true, t_us: 300, end_us: 400 }), block('n', '（休息）')],
}
const DOCUMENT = {
  id: 'd1', pages: 2, signed_us: null, read: [], refusals: [],
  places: [
    { place: 'foot', page: 1, signer: 'p', role: 'interviewee', name: '张某', signed_us: null },
    { place: 'foot', page: 2, signer: 'p', role: 'interviewee', name: '张某', signed_us: null },
  ],
} as unknown as RecordDocument

let app: App
let shown: Shown[]
let document_: RecordDocument
let away: boolean
let unkept: boolean
let signed: number
let now = 1_800_000_000_000

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
const ready_ = (): boolean => at('pad')!.dataset.disabled === 'false'
/** The scrolling area, as large as said: jsdom lays nothing out. */
function scrolled(top: number, height = 1000, whole = 2000): void {
  const box = document.querySelector<HTMLElement>('.scroll')!
  Object.defineProperties(box, { scrollTop: { value: top, configurable: true }, clientHeight: { value: height, configurable: true }, scrollHeight: { value: whole, configurable: true } })
  box.dispatchEvent(new Event('scroll'))
}
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((done) => setTimeout(done, 2))
    await nextTick()
  }
}

beforeAll(async () => {
  await ready
  await speakOf('/room/room1')
  await speakArea(ATTENDANT_WORDS)
  await speakLater()
})
beforeEach(() => {
  shown = []
  away = unkept = false
  signed = 0
  vi.spyOn(Date, 'now').mockImplementation(() => now)
  HTMLElement.prototype.scrollTo = () => undefined
  vi.stubGlobal('fetch', async (path: string) => {
    if (away) throw new TypeError('network')
    const page = /pages\/(\d)\/text/.exec(path)![1]!
    return Response.json({ page: Number(page), of: 2, blocks: TEXTS[page]! } satisfies PageText)
  })
  document_ = reactive(structuredClone(DOCUMENT))
  const record = { view: { value: { session: 's1', microphones: [{ from_us: 100, source: 'mic' }] } }, lines: { value: [] }, shown: async (_: string, how: Shown) => { if (unkept) throw new TypeError('network'); shown.push(how) }, sign: async () => void (signed += 1) } as unknown as RecordDesk
  app = createApp({ render: () => h(SigningView, { record, document: document_, offCamera: false, onScreen: true }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it('shows the page as text, its questions apart and to be heard', async () => {
  at('view-large')!.click()
  await settled()
  const text = at('record-page-text')!
  expect(text.lang).toBe('zh-CN')
  expect(text.querySelector('h2')!.textContent).toBe('询问笔录')
  expect([...text.querySelectorAll('dt')].map((one) => one.textContent)).toEqual(['被询问人：', '性别：'])
  expect(text.querySelector('dd .empty')!.textContent).toBe('空白')
  expect(text.querySelector('[data-kind=q] p')!.textContent).toBe('问：谁安排的？')
  expect(text.querySelectorAll('[data-testid=sentence-play]')).toHaveLength(1)
  const play = at('sentence-play')!
  expect(play.getAttribute('aria-label')!.startsWith(play.textContent!.trim())).toBe(true)
  expect(document.querySelector('.views')!.textContent).toContain('签的是版面上的这一页')
  expect(at('view-large')!.getAttribute('aria-pressed')).toBe('true')
  expect(at('record-page')).toBeNull()
})

it('measures in either view what was read to the end, and says each for itself', async () => {
  at('record-page')!.dispatchEvent(new Event('load'))
  await settled()
  scrolled(200)
  await nextTick()
  expect(ready_()).toBe(false)
  now += 5_000
  at('view-large')!.click()
  await settled()
  expect(shown).toMatchObject([{ page: 1, scrolled_pm: 600, large_type: false }])
  expect(ready_()).toBe(false)
  scrolled(1500, 1000, 2500)
  await nextTick()
  expect(ready_()).toBe(true)
  now += 7_000
  at('view-page')!.click()
  await settled()
  expect(shown[1]).toMatchObject({ page: 1, scrolled_pm: 1000, large_type: true })
  expect(shown[1]!.to_us - shown[1]!.from_us).toBe(7_000_000)
  expect(ready_()).toBe(false) // not before the page is there
  at('record-page')!.dispatchEvent(new Event('load'))
  await settled()
  expect(ready_()).toBe(true)
})

it('begins anew on the next page, in the view that was chosen', async () => {
  at('view-large')!.click()
  await settled()
  scrolled(1000)
  const next = [...document.querySelectorAll<HTMLButtonElement>('.pages button')].at(-1)!
  now += 1_000
  next.click()
  await settled()
  expect(at('record-page-text')!.textContent).toContain('李某。')
  expect(at('record-page-text')!.querySelector('.more')!.textContent).toBe('接上页')
  expect(shown).toMatchObject([{ page: 1, large_type: true }])
})

it('says what is signed on the page, and draws it over the picture', async () => {
  expect(at('record-ink')).toBeNull()
  document_.places[0]!.signed_us = 1_800_000_000_000_000
  await settled()
  expect(at('record-ink')!.getAttribute('src')).toBe('/api/documents/d1/pages/1/ink?signed=1')
  expect(at('signed-here')!.textContent).toContain('张某')
  expect(at('record-page')!.getAttribute('alt')).toContain('大字')
})

it('says that the text could not be shown, and nothing can be signed by it', async () => {
  away = true
  at('view-large')!.click()
  await settled()
  expect(document.querySelector('.note')!.textContent).toContain('没有显示出来')
  scrolled(1000)
  await nextTick()
  expect(ready_()).toBe(false)
})

async function seenToTheEnd(): Promise<void> {
  at('record-page')!.dispatchEvent(new Event('load'))
  await settled()
  scrolled(1000)
  await nextTick()
  expect(ready_()).toBe(true)
  scrolled(0, 100) // the other view begins at its top
}

it('counts no page as seen that left the screen too soon for the log', async () => {
  await seenToTheEnd()
  now += 100
  at('view-large')!.click()
  await settled()
  expect(at('record-page-text')).not.toBeNull()
  expect(shown).toEqual([])
  expect(ready_()).toBe(false)
})

it('counts no page as seen whose showing could not be kept, and goes on from what is kept', async () => {
  await seenToTheEnd()
  now += 5_000
  unkept = true
  at('view-large')!.click()
  await settled()
  expect(document.querySelector('.task [role=alert]')!.textContent).not.toBe('')
  expect(ready_()).toBe(false)
  unkept = false
  at('view-page')!.click()
  await settled()
  await seenToTheEnd()
  now += 5_000
  at('view-large')!.click()
  await settled()
  expect(shown).toMatchObject([{ page: 1, scrolled_pm: 1000, large_type: false }])
  now += 100
  at('view-page')!.click() // what the log has stays, however short the look at the other view
  await settled()
  at('record-page')!.dispatchEvent(new Event('load'))
  await settled()
  expect(ready_()).toBe(true)
})

it('says the whole time again when signing could not say it', async () => {
  await seenToTheEnd()
  const from_us = now * 1000
  now += 5_000
  unkept = true
  at('pad')!.click()
  await settled()
  expect(signed).toBe(0)
  unkept = false
  now += 2_000
  at('pad')!.click()
  await settled()
  expect(signed).toBe(1)
  expect(shown).toHaveLength(1)
  expect(shown[0]!.to_us - shown[0]!.from_us).toBe(7_000_000)
  expect(shown[0]!.from_us).toBe(from_us)
})

/** The same view once the session is over. */
function afterTheEnd(more: object): { sent: unknown[][]; corrected: string[][] } {
  app.unmount()
  document.body.replaceChildren()
  const done = { sent: [] as unknown[][], corrected: [] as string[][] }
  const record = {
    view: { value: { session: 's1', open: false, microphones: [] } },
    lines: { value: [] },
    shown: async () => undefined,
    sign: async (...args: unknown[]) => void done.sent.push(args),
    replace: (changed: RecordDocument) => void Object.assign(document_, changed),
  } as unknown as RecordDesk
  vi.stubGlobal('fetch', async (path: string, asked: { body: string }) => {
    const { signer, reason } = JSON.parse(asked.body) as { signer: string; reason: string }
    done.corrected.push([path, signer, reason])
    return Response.json({ uncorrected: [], corrections: [{ signer, name: '陆某', reason, by_name: '吴某某', t_us: 8, log_role: '' }] })
  })
  document_ = reactive({ ...structuredClone(DOCUMENT), ...more }) as unknown as RecordDocument
  app = createApp({ render: () => h(SigningView, { record, document: document_, offCamera: true, onScreen: true }) })
  app.provide(CORRECTIONS, CorrectionsPart)
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  return done
}
const PERSON = { place: 'p', page: 1, signer: 'p', role: 'interviewee', name: '张某', signed_us: 5 }
const LAWYER = { place: 'a1', page: 1, signer: 'a1', role: 'lawyer', name: '陆某', signed_us: null }
const OFFICER = { place: 'o1', page: 1, signer: 'o1', role: 'interviewer', name: '吴某某', signed_us: null }
function typed(id: string, text: string): void {
  const field = at(id)!.matches('input') ? (at(id) as HTMLInputElement) : at(id)!.querySelector('input')!
  field.value = text
  field.dispatchEvent(new Event('input'))
}

it('lets an officer sign after the end, with their own key and a reason', async () => {
  const done = afterTheEnd({ pages: 1, places: [PERSON, OFFICER] })
  at('record-page')!.dispatchEvent(new Event('load'))
  await settled()
  expect(ready_()).toBe(false)
  typed('sign-account', 'wu')
  typed('sign-password', 'secret')
  await settled()
  expect(ready_()).toBe(false) // a reason is missing
  typed('later-why', '停电')
  await settled()
  expect(ready_()).toBe(true)
  at('pad')!.click()
  await settled()
  expect(done.sent).toHaveLength(1)
  expect(done.sent[0]!.slice(2)).toEqual(['wu', 'secret', null, '停电'])
})

it('lets nobody else sign after the end, and says so', async () => {
  afterTheEnd({ pages: 1, places: [{ ...PERSON, signed_us: null }, OFFICER] })
  at('record-page')!.dispatchEvent(new Event('load'))
  await settled()
  expect(ready_()).toBe(false)
  expect(document.body.textContent).toContain('本人和其他在场人员不能再签')
})

it('notes a name that stands there by mistake before the record is filed', async () => {
  const signed = { ...OFFICER, signed_us: 7, late: true, late_reason: '停电' }
  const done = afterTheEnd({ pages: 1, places: [PERSON, LAWYER, signed], uncorrected: ['a1'] })
  await vi.waitFor(() => expect(at('correct-wanted')).not.toBeNull())
  at('correct-wanted')!.click()
  await settled()
  const reason = document.querySelector<HTMLTextAreaElement>('textarea')!
  reason.value = '点错了'
  reason.dispatchEvent(new Event('input'))
  await settled()
  at('reason-give')!.click()
  await settled()
  expect(done.corrected).toEqual([['/api/documents/d1/correct', 'a1', '点错了']])
  expect(at('correction')!.textContent).toMatch(/吴某某 .* 更正：陆某不在场，点错了/)
  expect(at('signed-late')!.textContent).toMatch(/吴某某 .* 补签：停电/)
  expect((at('record-finish') as HTMLButtonElement).disabled).toBe(false)
})

it('asks for the password where the centre was started again, and finishes in the same press', async () => {
  afterTheEnd({ pages: 1, attestation: '', places: [PERSON, { ...OFFICER, signed_us: 7 }] })
  app.unmount()
  document.body.replaceChildren()
  const asked: string[][] = []
  let finished = 0
  const record = {
    view: { value: { session: 's1', open: true, microphones: [] } },
    lines: { value: [] },
    shown: async () => undefined,
    openKey: async (...args: string[]) => void asked.push(args),
    finish: async () => {
      finished += 1
      if (!asked.length) throw new ApiError(409, 'signing_key_gone', { signer: 'o1', name: '吴某某' })
    },
  } as unknown as RecordDesk
  app = createApp({ render: () => h(SigningView, { record, document: document_, offCamera: false, onScreen: true }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  const press = (): HTMLButtonElement => at('record-finish') as HTMLButtonElement
  press().click()
  await settled()
  expect(at('key-gone')!.textContent).toContain('请吴某某输入密码')
  expect(press().disabled).toBe(true)
  typed('sign-account', 'wu')
  typed('sign-password', 'secret')
  await settled()
  press().click()
  await settled()
  expect(asked).toEqual([['d1', 'o1', 'wu', 'secret']])
  expect(finished).toBe(2)
  expect(at('key-gone')).toBeNull()
})
