// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { i18n, ready, speakOf } from '@/i18n'
import { toggleSentence, useSentenceSound } from '@/media/sentence-sound'
import RecordPanel from '@/pages/record/RecordPanel.vue'

vi.mock('@/media/recorded-player', () => ({
  RecordedPlayer: class {
    play = async (): Promise<void> => undefined
    destroy = (): void => undefined
    pictureTimeUs = (): null => null
  },
}))
const { nothing } = vi.hoisted(() => ({ nothing: () => ({ default: { render: () => null } }) }))
vi.mock('@/pages/record/KeptBand.vue', nothing)
vi.mock('@/pages/record/LeaveDialog.vue', nothing)
vi.mock('@/pages/record/NewerBand.vue', nothing)
vi.mock('@/pages/record/ReviewStep.vue', nothing)
vi.mock('@/pages/record/SigningView.vue', nothing)
vi.mock('@/pages/record/TextEditor.vue', nothing)
vi.mock('@/pages/record/useLeaving', () => ({ useLeaving: () => ({ asking: ref(false), kept: ref(false), loggingOut: ref(false), answer: () => undefined, mayLeave: async () => true }) }))
vi.mock('@/pages/record/useRecord', () => ({
  useRecord: () => ({
    view: ref({ session: 's1', version: 1, saved_us: 0, form: '' }), document: ref(null), dirty: ref(false), review: ref({ open_critical: 0, open_steps: 0 }), lines: ref([]),
    open: async () => undefined, look: async () => undefined, check: async () => undefined, lookOver: async () => undefined, keep: () => undefined, save: async () => undefined,
  }),
}))

const { current } = useSentenceSound()
const sentence = (id: string) => ({ id, session: 's1', source: 'mic', start_us: 1_000_000, end_us: 2_000_000 })
let app: App
const onScreen = ref(true)

async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((done) => setTimeout(done, 2))
    await nextTick()
  }
}

beforeAll(async () => {
  await ready
  await speakOf('/room/room1')
})
beforeEach(async () => {
  HTMLElement.prototype.scrollTo = () => undefined
  onScreen.value = true
  app = createApp({ render: () => h(RecordPanel, { session: 's1', person: '张某', until: '', recording: true, sealed: false, mayEdit: true, docked: true, onScreen: onScreen.value }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  await settled()
})
afterEach(() => {
  app.unmount()
  if (current.value) toggleSentence(sentence(current.value))
  document.body.replaceChildren()
})

it.each([
  ['another step', () => document.querySelector<HTMLElement>('[data-testid=record-review-step]')!.click()],
  ['put aside', () => (onScreen.value = false)],
  ['closed', () => app.unmount()],
])('falls silent with the record: %s', async (_, leave) => {
  toggleSentence(sentence('s1:1000000:2000000'))
  expect(document.querySelector('[data-testid=sentence-sound]')).not.toBeNull()
  leave()
  await settled()
  expect(current.value).toBeNull()
  expect(document.querySelector('[data-testid=sentence-sound]')).toBeNull()
})

it('leaves what the desk plays of its own', async () => {
  toggleSentence(sentence('u7'))
  document.querySelector<HTMLElement>('[data-testid=record-review-step]')!.click()
  await settled()
  expect(current.value).toBe('u7')
})
