// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import { locale } from '@/base/preferences'
import { i18n, speakOf } from '@/i18n'
import type { StageLink } from '@/pages/exhibits/stage-link'
import type { NoticeSaid } from '@/pages/room/kept-checks'
import NoticeDialog from '@/pages/room/NoticeDialog.vue'
import type { NoticeSigningDesk } from '@/pages/room/useNoticeSigning'

/** A pad that is signed with one press. */
vi.mock('@/pages/record/SignaturePad.vue', () => ({
  default: { emits: ['confirm'], render(this: { $emit: (name: string, ...what: unknown[]) => void }) { return h('button', { 'data-testid': 'pad', onClick: () => this.$emit('confirm', STROKES, 'pen') }) } },
}))

const STROKES = [[1, 2, 3, 500]]
const BLANK = {
  name: 'interview/2', title: '权利义务告知书', title_en: 'Notice of rights', lines: [{ zh: '第二版', en: 'second', law: '', law_en: '' }],
  read_us: null, how: '', language: '', answered_us: null, understood: null, recusal: null, interpreter: null, note: '', signature: null,
}
const OF_ZHANG = { ...BLANK, read_us: 5, how: 'aloud', language: 'zh', answered_us: 6, understood: true, recusal: true, interpreter: false, note: '李某是我表哥' }
const SAID: NoticeSaid = { understood: true, recusal: false, interpreter: false, note: '', language: 'zh', how: 'aloud', given_us: 7, notice: 'interview/2' }

type Answer = object | 'away' | Promise<object>
let app: App
let place: { session: string; person: string; before: NoticeSaid | null }
let shown: { open: boolean; handed: boolean }
let gets: Record<string, Answer>
let said: NoticeSaid[]
let posted: { path: string; body: Record<string, unknown> }[]

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
const note = (): string => at('notice-note')!.querySelector('input')?.value ?? (at('notice-note') as HTMLInputElement).value
const chosen = (): boolean[] => [...document.querySelectorAll<HTMLInputElement>('.question input')].map((one) => one.checked)
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await new Promise((done) => setTimeout(done, 5))
    await nextTick()
  }
}

beforeAll(() => speakOf('/room/room1'))
beforeEach(async () => {
  gets = { '/api/sessions/s1/notice': OF_ZHANG, '/api/sessions/s2/notice': { ...BLANK, read_us: 9, how: 'aloud', language: 'zh' }, '/api/rooms/room1/notice': BLANK }
  said = []
  posted = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (init.method !== 'GET') {
      posted.push({ path, body: JSON.parse(String(init.body)) })
      return Response.json(OF_ZHANG)
    }
    const answer = await gets[path]!
    if (answer === 'away') throw new TypeError('network')
    return Response.json(answer)
  })
  place = reactive({ session: '', person: 'zhang', before: null })
  shown = reactive({ open: false, handed: false })
  const signing = { mark: { value: null }, known: { value: true }, waiting: { value: false }, full: { value: false }, refused: { value: [] }, refusedHere: { value: null } } as unknown as NoticeSigningDesk
  app = createApp({
    render: () =>
      h(NoticeDialog, {
        modelValue: shown.open,
        'onUpdate:modelValue': (now: boolean) => (shown.open = now),
        handed: shown.handed,
        'onUpdate:handed': (now: boolean) => (shown.handed = now),
        ...place, room: 'room1', mayAct: true, link: { stage: null } as unknown as StageLink, signing, name: '张某', wanted: false,
        onSaid: (one: NoticeSaid) => said.push((place.before = one)),
      }),
  })
  const root = document.createElement('div')
  document.body.append(root)
  app.use(i18n).mount(root)
  await settled()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('the notice of another person', () => {
  it('begins with nobody\'s answers', async () => {
    Object.assign(place, { session: 's1' })
    shown.open = true
    await settled()
    expect(note()).toBe('李某是我表哥')
    expect(chosen()).toEqual([true, false, true, false, false, true])
    shown.open = false
    Object.assign(place, { session: 's2', person: 'li' })
    shown.open = true
    await settled()
    expect(note()).toBe('')
    expect(chosen()).toEqual(Array(6).fill(false))
    expect(at('notice-answer')).toHaveProperty('disabled', true)
  })

  it('begins so while the dialog stands open too, and takes no late answer', async () => {
    let late = (_: object): void => undefined
    gets['/api/sessions/s1/notice'] = new Promise<object>((done) => (late = done))
    Object.assign(place, { session: 's1' })
    shown.open = true
    await settled()
    Object.assign(place, { session: 's2', person: 'li' })
    await settled()
    late(OF_ZHANG)
    await settled()
    expect(note()).toBe('')
    expect(chosen()).toEqual(Array(6).fill(false))
  })

  it('never stands under a pad that another one was handed', async () => {
    place.before = SAID
    Object.assign(shown, { open: true, handed: true })
    await settled()
    await vi.waitFor(() => expect(at('notice-sign')).not.toBeNull())
    Object.assign(shown, { open: false, handed: false })
    await settled()
    gets['/api/rooms/room1/notice'] = 'away'
    Object.assign(place, { person: 'li' })
    Object.assign(shown, { open: true, handed: true })
    await settled()
    expect(at('notice-sign')).toBeNull()
    expect(shown.handed).toBe(false)
    expect(at('notice-text')).toBeNull()
    expect(document.querySelector('[role="alert"]')).not.toBeNull()
  })
})

describe('answers noted once more before the start', () => {
  const INK = { ink: { strokes: STROKES, pointer: 'pen', from_us: 8, to_us: 9, person: 'zhang' } }
  const press = async (id: string): Promise<void> => {
    at(id)!.click()
    await settled()
  }
  beforeEach(async () => {
    place.before = { ...SAID, signing: INK }
    shown.open = true
    await settled()
  })

  it('keep what was signed while they are the same', async () => {
    expect(at('notice-state')!.dataset.state).toBe('signed')
    expect(at('notice-sign-again')).toBeNull()
    await press('notice-answer')
    expect(said).toEqual([{ ...SAID, signing: INK }])
    expect(shown.open).toBe(false)
  })

  it('ask for another signature when they differ, before and after they are noted', async () => {
    document.querySelectorAll<HTMLInputElement>('.question input')[2]!.click() // asks for an officer's withdrawal
    await settled()
    expect(at('notice-state')!.dataset.state).toBe('none')
    expect(at('notice-sign-again')).not.toBeNull()
    await press('notice-answer')
    expect(said).toEqual([{ ...SAID, recusal: true }])
    expect(shown.open).toBe(true)
    expect(at('notice-sign-again')).not.toBeNull()
    await press('notice-sign-open')
    await vi.waitFor(() => expect(at('pad')).not.toBeNull())
    await press('pad')
    expect(said[1]).toMatchObject({ recusal: true, signing: { ink: { strokes: STROKES, person: 'zhang' } } })
    expect(shown.open).toBe(false)
  })
})

describe('a notice that was reworded since it was told', () => {
  it('is told again, in the words that are in use now', async () => {
    place.before = { ...SAID, notice: 'interview/1', signing: { unsigned: { why: 'unable', reason: '右手受伤', witness: '', said_us: 9, person: 'zhang' } } }
    Object.assign(shown, { open: true, handed: true })
    await settled()
    expect(shown.handed).toBe(false)
    expect(at('notice-reworded')).not.toBeNull()
    expect(at('notice-answer')).toHaveProperty('disabled', true)
    expect(at('notice-sign-open')).toHaveProperty('disabled', true)
    expect(chosen()).toEqual(Array(6).fill(false))
    at('notice-read')!.click()
    await settled()
    for (const one of [0, 3, 5]) document.querySelectorAll<HTMLInputElement>('.question input')[one]!.click()
    await settled()
    at('notice-answer')!.click()
    await settled()
    expect(said[0]).toMatchObject({ understood: true, recusal: false, interpreter: false, notice: 'interview/2' })
    expect(said[0]!.given_us).not.toBe(SAID.given_us)
    expect(said[0]).not.toHaveProperty('signing')
  })

  it('is signed in Chinese, but where it is told in English', async () => {
    locale.value = 'en'
    await vi.waitFor(() => expect(i18n.global.locale.value).toBe('en'))
    for (const [language, words] of [['zh', '第二版'], ['other', '第二版'], ['en', 'second']] as const) {
      place.before = { ...SAID, language }
      Object.assign(shown, { open: true, handed: true })
      await settled()
      await vi.waitFor(() => expect(at('notice-sign')?.textContent).toContain(words))
      Object.assign(shown, { open: false, handed: false })
      await settled()
    }
    locale.value = 'zh-CN'
  })
})
