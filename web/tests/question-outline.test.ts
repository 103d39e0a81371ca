// @vitest-environment jsdom
import { afterEach, beforeAll, expect, it } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import type { CaseDetail, Room } from '@/api/types'
import type { Prompt, Spoken } from '@/desk/protocol'
import { applyMessage, createDeskState, takeCase } from '@/desk/state'
import type { Desk } from '@/desk/useDesk'
import { i18n, speakOf } from '@/i18n'
import QuestionOutline from '@/pages/room/QuestionOutline.vue'
import { usePrompts } from '@/pages/room/usePrompts'

let app: App
beforeAll(() => speakOf('/room/r1'))
afterEach(() => app.unmount())

const point = (id: string, order: number, more: object = {}) => ({ id, text: `核实${id}`, en: '', order, detail: { slots: ['when'] }, ...more })
const spoken = (of: string, slots: Record<string, number>, session = 's2'): Spoken => ({ room: 'r1', session, point: of, person: 'zhang', slots })
const asked = (id: string, of: string, at: number): Prompt => ({ id, group: id, room: 'r1', point: of, text: 't', by_name: 'n', state: 'answered', times: { issued_us: at, acknowledged_us: at + 1, answered_us: at + 2 } })
const session = (id: string, opened_us: number, closed_us: number | null) => ({ id, room: 'r1', room_name: '室', kind: 'interview', opened_us, closed_us, person_name: '张某' })

function draw(more: Partial<Record<keyof CaseDetail, unknown>>) {
  const state = createDeskState()
  const room = { id: 'r1', name: '室', name_en: '', kind: 'interview', person: 'zhang', officers: [] } as unknown as Room
  takeCase(state, {
    id: 'c', people: [], rooms: [room], sources: [], events: [], alarms: [], prompts: [],
    points: [point('p1', 0), point('p2', 1), point('p3', 2), point('p4', 3, { retired_us: 9 })],
    sessions: [session('s1', 1_000, 2_000), session('s2', 5_000, null)],
    ...more,
  } as unknown as CaseDetail)
  const root = document.createElement('div')
  document.body.replaceChildren(root)
  app = createApp({
    setup() {
      const desk = { state } as unknown as Desk
      const prompts = usePrompts(desk, 'r1', () => true)
      return () => h(QuestionOutline, { desk, room, session: prompts.session.value, prompts: prompts.all.value, settled: [] })
    },
  })
  app.use(i18n).mount(root)
  const lines = () => [...root.querySelectorAll('li')].map((one) => [one.className, one.querySelector('.t')?.textContent])
  return { state, lines, count: () => root.querySelector('header .meta')?.textContent }
}

it('ticks what was asked in this session, not what the one before in this room was asked', () => {
  const { lines, count } = draw({ prompts: [asked('a', 'p1', 1_500), asked('b', 'p2', 6_000_000)] })
  expect(lines().map(([tone]) => tone)).toEqual(['', 'was', ''])
  expect(count()).toBe('3 项，已问 1 项')
})

it('says what came up by itself, when, and takes it back with the words', async () => {
  const { state, lines, count } = draw({ spoken: [spoken('p1', { where: 6_000_000, when: 9_000_000 }), spoken('p2', { when: 8_000_000 }, 's1')] })
  expect(count()).toBe('3 项，已问 0 项，谈到 1 项')
  expect(lines()[0]![1]).toMatch(/^谈到 \d\d:\d\d:09$/)
  applyMessage(state, { type: 'spoken', cursor: 2, spoken: spoken('p3', { who_did: 7_000_000 }) })
  await nextTick()
  expect(lines()[2]![1]).toMatch(/:07$/)
  for (const one of ['p1', 'p3']) applyMessage(state, { type: 'spoken', cursor: 3, spoken: spoken(one, {}) })
  await nextTick()
  expect(count()).toBe('3 项，已问 0 项')
})
