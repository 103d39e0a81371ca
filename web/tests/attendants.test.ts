// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App, Component } from 'vue'
import type { Room } from '@/api/types'
import AttendantsDialog from '@/components/attendants/AttendantsDialog.vue'
import AttendantsRow from '@/components/attendants/AttendantsRow.vue'
import { ATTENDANTS_MAX, dutiesIn, fits, merged, request, saidOf } from '@/components/attendants/attendants'
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
/** As the centre has them, and what it answers to a change. */
let seats: { attendants: AttendantSaid[]; attendants_version: string; former: AttendantSaid[] }
let answers: Response[]
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
  seats = { attendants: [BAI], attendants_version: 'v1', former: [] }
  answers = []
  HTMLElement.prototype.scrollTo = () => undefined
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (init.method === 'GET') return Response.json(seats)
    posted.push({ path, body: JSON.parse(String(init.body)) })
    return answers.shift() ?? Response.json({})
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
  it('is nobody\'s guardian on a site', () => {
    expect(dutiesIn({ kind: 'interview' })).toHaveLength(5)
    expect(dutiesIn({ kind: 'site' })).toEqual(['interpreter', 'lawyer', 'attesting_witness'])
  })
  it('is asked for as a whole, with whom was named by mistake', () => {
    const off = [{ name: '秦某', mistaken: true }, { name: '陆某', mistaken: false }]
    expect(request([{ ...BAI, detail: ' 甲 ' }], off, 'v1')).toEqual({ attendants: [{ ...BAI, detail: '甲' }], mistaken: ['秦某'], version: 'v1' })
  })
  it('keeps what two desks changed at once', () => {
    const [qin, lu, tian] = [{ ...BAI, name: '秦某' }, { ...BAI, name: '陆某' }, { ...BAI, name: '田某' }]
    const [here, there] = [{ ...BAI, detail: '这里改的' }, { ...BAI, detail: '那里改的' }]
    expect(merged([BAI, qin], [BAI, qin], [qin, lu])).toEqual([qin, lu]) // nothing was changed here
    expect(merged([BAI, qin], [here, tian], [there, qin, lu])).toEqual([here, lu, tian])
    expect(merged([BAI], [BAI, tian], [there, { ...tian, duty: 'lawyer' }])).toEqual([there, { ...tian, duty: 'lawyer' }]) // named there first
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
    expect(posted).toEqual([{ path: '/api/rooms/r%2F1/attendants', body: { attendants: [BAI, { name: '田某', duty: 'attesting_witness', detail: '' }], mistaken: [], version: 'v1' } }])
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
    expect(posted[0]!.body).toEqual({ attendants: [], mistaken: ['白某'], version: 'v1' })
  })
  it('lists who left this interview before: that may have been a mistake, or they come back', async () => {
    seats.former = [{ name: '秦某', duty: 'guardian', detail: '父亲' }, { name: '陆某', duty: 'lawyer', detail: '' }]
    mount(AttendantsDialog, { room: { ...ROOM, session: { id: 's', opened_us: 1 } }, person: '张某' })
    await settled()
    expect(field('attendants-save').disabled).toBe(true)
    const why = field('attendant-off-秦某') as unknown as HTMLSelectElement
    why.selectedIndex = 1
    why.dispatchEvent(new Event('change'))
    at('attendant-back-陆某')!.click()
    await nextTick()
    at('attendants-save')!.click()
    await settled()
    expect(posted[0]!.body).toEqual({ attendants: [BAI, { name: '陆某', duty: 'lawyer', detail: '' }], mistaken: ['秦某'], version: 'v1' })
  })
  it('lists nobody as having left who attends again by what another desk said', async () => {
    const qin: AttendantSaid = { name: '秦某', duty: 'guardian', detail: '父亲' }
    seats.former = [qin]
    mount(AttendantsDialog, { room: { ...ROOM, session: { id: 's', opened_us: 1 } }, person: '张某' })
    await settled()
    at('attendant-drop-0')!.click()
    await nextTick()
    seats = { attendants: [BAI, qin], attendants_version: 'v2', former: [] }
    answers = [Response.json({ code: 'attendants_changed' }, { status: 409 })]
    at('attendants-save')!.click()
    await settled()
    expect(at('attendant-off-秦某')).toBeNull()
    expect(at('attendant-off-白某')).not.toBeNull()
    expect(at('attendants-dialog')!.textContent).toContain('秦某')
  })
  it('keeps a name that was typed when the list is full', async () => {
    seats.attendants = Array.from({ length: ATTENDANTS_MAX }, (_, n) => ({ ...BAI, name: `白${n}` }))
    mount(AttendantsDialog, { room: { ...ROOM, attendants: seats.attendants.map((one) => ({ id: one.name, ...one })), session: { id: 's', opened_us: 1 } }, person: '张某' })
    await settled()
    at('attendant-drop-0')!.click()
    await nextTick()
    await type('attendant-name', '田某')
    await type('attendant-duty', 'lawyer')
    at('attendant-back-白0')!.click()
    await nextTick()
    expect(field('attendant-name').value).toBe('田某')
    expect(field('attendant-add').disabled).toBe(true)
    expect(field('attendants-save').disabled).toBe(true) // it would be lost
    at('attendant-drop-1')!.click()
    await nextTick()
    at('attendant-add')!.click()
    await nextTick()
    expect(field('attendant-back-白2').disabled).toBe(true) // no room: they are not lost from this list either
    at('attendants-save')!.click()
    await settled()
    expect((posted[0]!.body as { attendants: AttendantSaid[] }).attendants.map((one) => one.name)).toEqual(['白1', '白3', '白4', '白5', '白0', '田某'])
  })
  it('does not write over what another desk changed, and loses nothing of either', async () => {
    mount(AttendantsDialog, { room: ROOM, person: '张某' })
    await settled()
    await type('attendant-name', '田某')
    await type('attendant-duty', 'attesting_witness')
    at('attendant-add')!.click()
    await nextTick()
    answers = [Response.json({ code: 'attendants_changed' }, { status: 409 })]
    seats = { attendants: [BAI, { name: '陆某', duty: 'lawyer', detail: '' }], attendants_version: 'v2', former: [] }
    at('attendants-save')!.click()
    await settled()
    expect(document.querySelector('[role=alert]')!.textContent).toContain('别人刚改过这份名单')
    expect([...document.querySelectorAll('.chosen b')].map((one) => one.textContent)).toEqual(['白某', '陆某', '田某'])
    at('attendants-save')!.click()
    await settled()
    expect(posted.map((one) => (one.body as { version: string }).version)).toEqual(['v1', 'v2'])
    expect((posted[1]!.body as { attendants: AttendantSaid[] }).attendants).toHaveLength(3)
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
  let shown_: RecordDocument
  const show = (places: object[], more: object = {}): void => {
    const document_ = reactive({ id: 'd1', pages: 1, signed_us: null, read: [], refusals: [], attestation: '', places, ...more }) as unknown as RecordDocument
    shown_ = document_
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
    expect(signed[0]!.slice(2)).toEqual(['', '', null, '']) // no account, no password, no fingerprint, not signed later
    expect(signed[0]![1]).toMatchObject({ place: 'foot-a1', page: 1 })
  })
  it('signs no place with a fingerprint that was pressed for another, and the pad waits for its reading', async () => {
    signed.length = 0
    const decoded: ((size: object) => void)[] = []
    vi.stubGlobal('createImageBitmap', () => new Promise((done) => decoded.push(done)))
    show([place('p', 'p', 'interviewee', '张某', 1), place('foot-a1', 'a1', 'interpreter', '白某'), place('a1', 'a1', 'interpreter', '白某')])
    await settled()
    const input = field('print-input')
    Object.defineProperty(input, 'files', { value: [new File([new Uint8Array(3)], 'print', { type: 'image/png' })], configurable: true })
    input.dispatchEvent(new Event('change'))
    await settled()
    expect(at('pad')!.dataset.disabled).toBe('true')
    shown_.places[1]!.signed_us = 2 // signed at another desk meanwhile: the next place of the same signer
    await settled()
    expect(at('pad')!.dataset.disabled).toBe('false')
    decoded[0]!({ width: 300, height: 400, close: () => undefined })
    await settled()
    expect(at('print-picture')).toBeNull()
    at('pad')!.click()
    await settled()
    expect(signed[0]![1]).toMatchObject({ place: 'a1' })
    expect(signed[0]![4]).toBeNull()
  })
  it('calls a witness by their part, and says what a refusal still wants', async () => {
    show([place('p', 'p', 'interviewee', '张某'), place('a1', 'a1', 'attesting_witness', '田某')], { refusals: [{ signer: 'p', name: '张某', reason: '不认可', witness: '', t_us: 1 }], attestation: 'wanted' })
    await settled()
    expect(document.querySelector('.task h2')!.textContent).toBe('见证人签名')
    expect(at('attestation')!.textContent).toContain('没有签名，还缺见证')
  })
  it('says of whom has left that they could not sign, and not that they refused', async () => {
    show([place('a1', 'a1', 'lawyer', '陆某'), place('p', 'p', 'interviewee', '张某')], { refusals: [{ signer: 'a1', name: '陆某', reason: '已离开', witness: '', t_us: 1, unable: true }, { signer: 'p', name: '张某', reason: '不认可', witness: '', t_us: 1 }], attestation: 'missing' })
    await settled()
    expect(document.querySelector('.signers')!.textContent).toContain('未能签')
    expect(document.querySelector('.refusals')!.textContent).toMatch(/陆某.*未能签名：已离开/)
    expect(at('attestation')!.textContent).toContain('未经见证')
    expect(field('record-finish').disabled).toBe(false) // the session is closed: nobody can sign any more
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
  it('is told apart from being unable to sign', async () => {
    const refused: unknown[] = []
    mount(RefuseDialog, { signer: witness, signers: [p, witness], busy: false, onRefuse: (...said: unknown[]) => refused.push(said) })
    await settled()
    at('refuse-unable')!.click()
    await type('refuse-reason', '已离开')
    document.querySelector('form')!.dispatchEvent(new Event('submit'))
    await settled()
    expect(refused).toEqual([['已离开', '', true]])
  })
  it('cannot be noted once the session is over; that somebody could not sign can', async () => {
    const props = reactive({ signer: null as object | null, signers: [p, witness], busy: false, over: true })
    mount(RefuseDialog, props)
    props.signer = witness
    await settled()
    expect(field('refuse-will-not').disabled).toBe(true)
    expect(field('refuse-unable').disabled).toBe(false)
    expect(field('refuse-unable').checked).toBe(true)
  })
  it('of anybody else asks for nobody', async () => {
    mount(RefuseDialog, { signer: witness, signers: [p, witness], busy: false })
    await settled()
    expect(at('refuse-attesting')).toBeNull()
    expect(at('refuse-reason')).not.toBeNull()
  })
})
