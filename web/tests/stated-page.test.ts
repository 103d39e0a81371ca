// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { locale } from '@/base/preferences'
import type { Finding } from '@/desk/protocol'
import { i18n, ready, speakOf } from '@/i18n'
import { useDocumentNames } from '@/pages/compare/useDocumentNames'
import StatedPage from '@/pages/stated/StatedPage.vue'

vi.mock('@/desk/useChanges', () => ({ useChanges: (_: string[], look: () => void) => look() }))
vi.mock('@/components/TopBar.vue', () => ({ default: { render: () => null } }))

const FACT = { id: 'f1', kind: 'record', document: 'BL-1', name: 'BL-1', point: 'p1', slot: 'who_ordered', value: ['李某'], unit: '', quote: '是李某安排的', page: '', person: '', entered: '李某', by_name: '吴某', stated_us: 1, withdrawn_us: null, withdrawn_by: '', reason: '' }
const FACTS = [FACT, { ...FACT, id: 'f2', document: 'BL-9' }, { ...FACT, id: 'f3', kind: 'named', document: 'd1', name: '审批单' }]
const RECORD = { id: 'BL-1', version: 2, person_name: '张某', person_name_en: 'Zhang', room_name: '一号', room_name_en: 'Room 1' }
const LOG = { device: 'l1', name: '检测仪', rows: 9, from_us: 1e15, to_us: 1e15, ranges: [{ quantity: 'O2_vol', unit: '%VOL', low: 20_000, high: 20_900 }], lines: 20_000, passed: 0, thinned: true, file_name: 'a.csv', file_sha256: 'ab', zone: '+08:00', by_name: '吴某', taken_us: 1, withdrawn_us: null, withdrawn_by: '', reason: '' }
const ANSWERS: Record<string, object> = {
  '/api/cases/c1': { id: 'c1', name: '某案', state: 'open', may: ['add_point'], people: [], points: [{ id: 'p1', order: 1, text: '核实安排', en: 'verify it', retired_us: null }] },
  '/api/cases/c1/document-facts': { facts: FACTS, documents: [{ id: 'E4', name: '动火作业票' }] },
  '/api/cases/c1/device-logs': { logs: [LOG, { ...LOG, device: 'l2', thinned: false, passed: 7 }, { ...LOG, device: 'l3', thinned: false }] },
  '/api/cases/c1/exhibits': { exhibits: [] },
  '/api/cases/c1/documents': { documents: [RECORD] },
}
let app: App | null = null
let asked: string[]

const all = (id: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)]
async function shows(page: object): Promise<void> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }] })
  await router.push('/')
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(RouterView) })
  app.use(i18n).use(router).mount(root)
}
async function speaks(language: 'zh-CN' | 'en'): Promise<void> {
  locale.value = language
  await vi.waitFor(() => expect(i18n.global.locale.value).toBe(language), 30_000)
  await nextTick()
}

beforeAll(async () => {
  await ready
  await speakOf('/cases/c1/stated')
  await speaks('en') // its words come once, and take their time
  await speaks('zh-CN')
}, 60_000)
beforeEach(() => {
  asked = []
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path)
    return Response.json(ANSWERS[path])
  })
})
afterEach(async () => {
  app?.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
  await speaks('zh-CN')
})

it('calls a record as the language of the page has it, and offers documents nothing is stated of yet', async () => {
  await shows({ render: () => h(StatedPage, { case: 'c1' }) })
  await vi.waitFor(() => expect(all('fact')).toHaveLength(3))
  const names = (): string[] => all('fact').map((one) => one.querySelector('small')!.textContent!)
  expect(names()).toEqual(['张某 第 2 稿', '笔录', '审批单'])
  await speaks('en')
  expect(names()).toEqual(['Zhang, draft 2', 'Record', '审批单'])
  all('fact-add')[0]!.click()
  await vi.waitFor(() => expect(all('fact-document')).toHaveLength(1))
  const offered = [...all('fact-document')[0]!.querySelectorAll<HTMLOptionElement>('optgroup option')]
  expect(offered.map((one) => [one.value, one.textContent])).toEqual([['record BL-1', 'Zhang, draft 2'], ['file E4', '动火作业票'], ['named d1', '审批单']])
})

it('a log says for good what of its file was left out', async () => {
  await shows({ render: () => h(StatedPage, { case: 'c1' }) })
  await vi.waitFor(() => expect(all('stored-log')).toHaveLength(3))
  const said = all('stored-log').map((one) => one.querySelector('[data-testid="log-left-out"]')?.textContent)
  expect(all('log-rows')[0]!.getAttribute('href')).toBe('/api/cases/c1/device-logs/l1/rows.csv')
  expect(said).toEqual(['数据较多，每分钟只留最低和最高值。', '7 行是温度、电量等，不用于比对。', undefined])
})

it('a file that was chosen is asked about before its dialog goes', async () => {
  await shows({ render: () => h(StatedPage, { case: 'c1' }) })
  await vi.waitFor(() => expect(all('log-add')).toHaveLength(1))
  all('log-add')[0]!.click()
  await vi.waitFor(() => expect(all('log-file')).toHaveLength(1))
  const input = all('log-file')[0] as HTMLInputElement
  Object.defineProperty(input, 'files', { value: [new File(['a,b'], 'gas.csv')] })
  input.dispatchEvent(new Event('change'))
  await nextTick()
  document.querySelector<HTMLElement>('.el-dialog__headerbtn')!.click()
  await vi.waitFor(() => expect(all('log-stay')).toHaveLength(1))
  all('log-stay')[0]!.click()
  await nextTick()
  expect(document.body.textContent).toContain('gas.csv')
  expect(all('log-take')).toHaveLength(1)
})

it('a difference names a record in the language of the page, and any other document as it is called', async () => {
  const finding = ref({ kind: 'document', b: { reference: 'd1' } } as unknown as Finding)
  let name = (_: string | undefined): string => ''
  await shows({ setup: () => ((name = useDocumentNames('c1', () => finding.value)), () => h('p')) })
  await vi.waitFor(() => expect(name('d1')).toBe('审批单'))
  finding.value = { kind: 'document', b: { reference: 'BL-1' } } as unknown as Finding
  await nextTick()
  expect([name('BL-1'), name('BL-9'), name(undefined)]).toEqual(['张某 第 2 稿', '', ''])
  await speaks('en')
  expect(name('BL-1')).toBe('Zhang, draft 2')
  expect(asked).toEqual(['/api/cases/c1/document-facts', '/api/cases/c1/documents'])
})
