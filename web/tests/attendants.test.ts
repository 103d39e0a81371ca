// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App, Component } from 'vue'
import type { Room } from '@/api/types'
import AttendantsDialog from '@/components/attendants/AttendantsDialog.vue'
import AttendantsRow from '@/components/attendants/AttendantsRow.vue'
import { ATTENDANTS_MAX, fits, request, saidOf } from '@/components/attendants/attendants'
import type { AttendantSaid } from '@/components/attendants/attendants'
import { ATTENDANT_WORDS } from '@/components/attendants/spoken'
import { i18n, speakArea, speakOf } from '@/i18n'
import RefuseDialog from '@/pages/record/RefuseDialog.vue'
import SigningView from '@/pages/record/SigningView.vue'
import type { RecordDocument } from '@/pages/record/types'
import type { RecordDesk } from '@/pages/record/useRecord'

vi.mock('@/pages/record/SignaturePad.vue', () => ({
  default: { props: ['disabled', 'hint'], emits: ['confirm'], render(this: { disabled: boolean; $emit: (name: string, ...args: unknown[]) => void }) { return h('p', { 'data-testid': 'pad', 'data-disabled': String(this.disabled), onClick: () => this.$emit('confirm', [[1, 1]], 'pen') }) }, methods: { clear: () => undefined } },
}))

const BAI: AttendantSaid = { name: '白某', duty: 'interpreter', detail: '某翻译公司' }
const ROOM = {
  id: 'r/1', name: '询问室 1', name_en: '', kind: 'interview', person: 'zhang', session: null,
  officers: [{ id: 'o', name: '吴某某', duty: '询问人', certificate: '1' }],
  attendants: [{ id: 'a', ...BAI }],
} as Room

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
const field = (id: string): HTMLInputElement => at(id) as HTMLInputElement
async function type(id: string, value: string): Promise<void> {
  field(id).value = value
  field(id).dispatchEvent(new Event(field(id).tagName === 'SELECT' ? 'change' : 'input'))
  await nextTick()
}
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((done) => setTimeout(done, 2))
    await nextTick()
  }
}

let app: App
let posted: { path: string; body: unknown }[]
function mount(part: Component, props: Record<string, unknown>): void {
  app = createApp({ render: () => h(part, props) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
}

beforeAll(async () => {
  await speakOf('/room/room1')
  await speakArea(ATTENDANT_WORDS)
})
beforeEach(() => {
  posted = []
  HTMLElement.prototype.scrollTo = () => undefined
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    posted.push({ path, body: JSON.parse(String(init.body)) })
    return Response.json({})
  })
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('who attends', () => {
  it('has a name, once, and is nobody who sits there as somebody else', () => {
    expect(saidOf(ROOM.attendants!)).toEqual([BAI])
    expect(fits([BAI], ' 田某 ', ['张某'])).toBe(true)
    for (const wrong of ['', ' ', '白某 ', '张某']) expect(fits([BAI], wrong, ['张某'])).toBe(false)
    const many = Array.from({ length: ATTENDANTS_MAX }, (_, n) => ({ ...BAI, name: String(n) }))
    expect(fits(many, '田某', [])).toBe(false)
  })
  it('is asked for as a whole, with whom was named by mistake', () => {
    const off = [{ name: '秦某', mistaken: true }, { name: '陆某', mistaken: false }]
    expect(request([{ ...BAI, detail: ' 甲 ' }], off)).toEqual({ attendants: [{ ...BAI, detail: '甲' }], mistaken: ['秦某'] })
  })
})

describe('the line of the check list', () => {
  it('names them with their duty, and says where there is nobody', async () => {
    mount(AttendantsRow, { room: ROOM, person: '张某', mayAct: true, tag: 'li' })
    expect(at('attendants')!.tagName).toBe('LI')
    expect(at('attendants')!.textContent).toContain('翻译人员白某')
    expect(at('attendants-open')!.textContent).toBe('更换')
    app.unmount()
    mount(AttendantsRow, { room: { ...ROOM, attendants: [] }, person: '', mayAct: false, tag: 'li' })
    expect(at('attendants')!.textContent).toContain('没有翻译人员')
    expect(at('attendants-open')).toBeNull()
  })
})

describe('the dialog', () => {
  it('adds somebody with a duty, and saves the whole list', async () => {
    mount(AttendantsDialog, { room: ROOM, person: '张某' })
    await settled()
    expect(field('attendants-save').disabled).toBe(true)
    await type('attendant-name', '张某')
    expect(at('attendants-dialog')!.textContent).toContain('张某已是这间的被询问人或执法人员')
    await type('attendant-name', '田某')
    expect(field('attendant-add').disabled).toBe(true) // as what?
    expect(field('attendants-save').disabled).toBe(true) // what is typed would be lost
    await type('attendant-duty', 'attesting_witness')
    at('attendant-add')!.click()
    await nextTick()
    at('attendants-save')!.click()
    await settled()
    expect(posted).toEqual([{ path: '/api/rooms/r%2F1/attendants', body: { attendants: [BAI, { name: '田某', duty: 'attesting_witness', detail: '' }], mistaken: [] } }])
  })
  it('asks of whom is taken off during an interview whether they left or never were there', async () => {
    mount(AttendantsDialog, { room: { ...ROOM, session: { id: 's', opened_us: 1 } }, person: '张某' })
    await settled()
    at('attendant-drop-0')!.click()
    await nextTick()
    const why = field('attendant-off-白某') as unknown as HTMLSelectElement
    expect([...why.options].map((one) => one.textContent)).toEqual(['已离开，仍列入签名', '写错了，从未在场'])
    why.selectedIndex = 1
    why.dispatchEvent(new Event('change'))
    await nextTick()
    at('attendants-save')!.click()
    await settled()
    expect(posted[0]!.body).toEqual({ attendants: [], mistaken: ['白某'] })
  })
  it('asks nothing before an interview: nobody has seen them there', async () => {
    mount(AttendantsDialog, { room: ROOM, person: '张某' })
    await settled()
    at('attendant-drop-0')!.click()
    await nextTick()
    expect(at('attendant-off-白某')).toBeNull()
    expect(field('attendants-save').disabled).toBe(false)
  })
})

const place = (place: string, signer: string, role: string, name: string, signed_us: number | null = null) => ({ place, page: 1, signer, role, name, signed_us })

describe('the round of signatures', () => {
  const signed: unknown[][] = []
  const show = (places: object[], more: object = {}): void => {
    const document_ = reactive({ id: 'd1', pages: 1, signed_us: null, read: [], refusals: [], attestation: '', places, ...more }) as unknown as RecordDocument
    const record = { view: { value: { session: 's1', form: 'questioning', microphones: [] } }, lines: { value: [] }, shown: async () => undefined, sign: async (...said: unknown[]) => void signed.push(said) } as unknown as RecordDesk
    mount(SigningView, { record, document: document_, offCamera: false, onScreen: true })
  }
  it('has an interpreter sign each page by hand, without an account', async () => {
    show([place('foot', 'p', 'interviewee', '张某', 1), place('foot-a1', 'a1', 'interpreter', '白某'), place('o1', 'o1', 'interviewer', '吴某某')])
    await settled()
    expect(document.querySelector('.task h2')!.textContent).toBe('第 1 页签名')
    expect(at('sign-statement')!.textContent).toBe('本页内容已如实翻译。')
    expect(at('sign-account')).toBeNull()
    expect(document.querySelector('.signers')!.textContent).toContain('翻译人员')
    expect(at('pad')!.dataset.disabled).toBe('false')
    at('pad')!.click()
    await settled()
    expect(signed[0]!.slice(2)).toEqual(['', '', null])
    expect(signed[0]![1]).toMatchObject({ place: 'foot-a1', page: 1 })
  })
  it('calls a witness by their part, and says what a refusal still wants', async () => {
    show([place('p', 'p', 'interviewee', '张某'), place('a1', 'a1', 'attesting_witness', '田某')], { refusals: [{ signer: 'p', name: '张某', reason: '不认可', witness: '', t_us: 1 }], attestation: 'wanted' })
    await settled()
    expect(document.querySelector('.task h2')!.textContent).toBe('见证人签名')
    expect(at('attestation')!.textContent).toContain('拒签还缺见证')
  })
  it('is not finished while a refusal is attested by nobody', async () => {
    show([place('p', 'p', 'interviewee', '张某'), place('o1', 'o1', 'interviewer', '吴某某', 1)], { refusals: [{ signer: 'p', name: '张某', reason: '不认可', witness: '', t_us: 1 }], attestation: 'wanted' })
    await settled()
    expect(field('record-finish').disabled).toBe(true)
  })
})

describe('a refusal', () => {
  const p = { key: 'p', name: '张某', role: 'interviewee', refused: false }
  const o = (key: string, name: string) => ({ key, name, role: 'interviewer', refused: false })
  const witness = { key: 'a1', name: '田某', role: 'attesting_witness', refused: false }
  it.each([
    [[p, o('o1', '吴某某')], '没有见证人', false],
    [[p, o('o1', '吴某某'), o('o2', '马某某')], '吴某某、马某某', true],
    [[p, o('o1', '吴某某'), witness], '田某', true],
    [[p, o('o1', '吴某某'), { ...witness, refused: true }], '没有见证人', false],
  ])('of the person questioned says who attests it (%#)', async (signers, words, enough) => {
    mount(RefuseDialog, { signer: p, signers, busy: false })
    await settled()
    expect(at('refuse-attesting')!.textContent).toContain(words)
    expect(at('refuse-attesting')!.classList.contains('is-ok')).toBe(enough)
  })
  it('of anybody else asks for nobody', async () => {
    mount(RefuseDialog, { signer: witness, signers: [p, witness], busy: false })
    await settled()
    expect(at('refuse-attesting')).toBeNull()
    expect(at('refuse-reason')).not.toBeNull()
  })
})
