// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { CaseDetail } from '@/api/types'
import { i18n, ready, speakOf } from '@/i18n'
import type { RecordingLine } from '@/pages/cases/evidence'

vi.mock('@/desk/useChanges', () => ({ useChanges: (_: unknown, look: () => Promise<void>) => void look() }))

const us = (...when: [number, number, number, number, number]): number => new Date(when[0], when[1] - 1, when[2], when[3], when[4]).getTime() * 1000
const recording = (source: string, start_us: number, end_us: number): RecordingLine => ({ session: 's', room: 'r', room_name: '一室', room_name_en: '', person_name: '', person_name_en: '', source, name: source, name_en: '', kind: 'room_camera', start_us, end_us, recorded_us: 1, gap_us: 0, bytes: 1, state: 'sealed' })
const RECORDINGS = [recording('夜', us(2026, 11, 30, 22, 0), us(2026, 12, 1, 1, 30)), recording('昼', us(2026, 11, 30, 9, 0), us(2026, 11, 30, 10, 15))]

let app: App
beforeAll(async () => {
  await ready
  await speakOf('/cases/c1')
})
beforeEach(() => {
  vi.stubGlobal('ResizeObserver', class { observe(): void {} disconnect(): void {} })
  vi.stubGlobal('fetch', async (path: string) => Response.json(path.endsWith('/recordings') ? { recordings: RECORDINGS } : { uploads: [], more: false, exhibits: [] }))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

it('says the day a recording ended where it is another one', async () => {
  const { default: EvidenceList } = await import('@/pages/cases/EvidenceList.vue')
  app = createApp({ render: () => h(EvidenceList, { detail: { id: 'c1' } as CaseDetail, recording: () => false, audits: false }) })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { render: () => null } }] })
  await router.push('/cases/c1')
  app.use(i18n).use(router).mount(document.body.appendChild(document.createElement('div')))
  await vi.waitFor(() => expect(document.querySelectorAll('.meta.to')).toHaveLength(2))
  await nextTick()
  expect([...document.querySelectorAll('.meta.to')].map((one) => one.textContent)).toEqual(['至 2026-12-01 01:30:00', '至 10:15:00'])
})
