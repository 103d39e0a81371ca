// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { bringKept } from '@/api/kept'
import DataList from '@/components/DataList.vue'
import { BOM, csvField, toCsv } from '@/components/list/csv'
import { dayWords, emptyQuery, fromAddress, pageOf, select, toAddress } from '@/components/list/list'
import type { Column, ListQuery } from '@/components/list/list'
import { dropView, keepView, readViews, VIEWS_MAX } from '@/components/list/saved-views'
import { i18n, ready } from '@/i18n'

interface Row {
  id: string
  name: string
  n: number | null
  day: string
  state: string
}

const ROWS: Row[] = [
  { id: 'a', name: '张某案', n: 3, day: '2026-03-01', state: 'open' },
  { id: 'b', name: '李某案', n: null, day: '2026-03-09', state: 'closed' },
  { id: 'c', name: '<img src=x onerror=alert(1)>', n: 12, day: '2026-02-11', state: 'open' },
]
const COLUMNS: Column<Row>[] = [
  { key: 'name', title: '名称', value: (row) => row.name },
  { key: 'n', title: '间数', type: 'number', value: (row) => row.n, filter: true },
  { key: 'day', title: '日期', type: 'date', value: (row) => row.day, filter: true },
  {
    key: 'state',
    title: '状态',
    type: 'choice',
    value: (row) => row.state,
    filter: true,
    choices: [
      { value: 'open', words: '在办' },
      { value: 'closed', words: '已结' },
    ],
  },
]
const ask = (change: Partial<ListQuery>): ListQuery => ({ ...emptyQuery(), ...change })
const ids = (change: Partial<ListQuery>): string => select(ROWS, COLUMNS, ask(change)).map((row) => row.id).join('')

beforeAll(() => ready)
beforeEach(() => localStorage.clear())

describe('a question to a list', () => {
  it('finds words in any column, in any width and case', () => {
    expect(ids({ text: '张某' })).toBe('a')
    expect(ids({ text: 'ＩＭＧ' })).toBe('c')
    expect(ids({ text: '张某 2026-03-01' })).toBe('a')
    expect(ids({ text: '张某 2026-03-09' })).toBe('')
  })
  it('filters by choice, range of dates and range of numbers', () => {
    expect(ids({ filters: { state: 'open' } })).toBe('ac')
    expect(ids({ filters: { state: 'open|closed' } })).toBe('abc')
    expect(ids({ filters: { day: '2026-03-01..' } })).toBe('ab')
    expect(ids({ filters: { day: '..2026-03-01' } })).toBe('ac')
    expect(ids({ filters: { n: '4..20' } })).toBe('c')
  })
  it('sorts numbers as numbers, and what is empty last both ways', () => {
    expect(ids({ sort: 'n' })).toBe('acb')
    expect(ids({ sort: 'n', downwards: true })).toBe('cab')
  })
  it('pages, and a page past the end is the last', () => {
    expect(pageOf([1, 2, 3], 9, 2)).toEqual({ rows: [3], page: 2 })
    expect(pageOf([], 1, 2)).toEqual({ rows: [], page: 1 })
  })
  it('reads the address that it wrote', () => {
    const query = ask({ text: '动火', filters: { state: 'open' }, sort: 'n', downwards: true, page: 3 })
    const said = toAddress(query, emptyQuery())
    expect(said).toEqual({ q: '动火', 'f.state': 'open', sort: '-n', page: '3' })
    expect(fromAddress(said, COLUMNS, emptyQuery())).toEqual(query)
  })
  it('takes nothing from an address that it does not know', () => {
    const odd = { q: ['a'], sort: '-evil', page: '-4', 'f.evil': 'x' }
    expect(fromAddress(odd, COLUMNS, emptyQuery('n'))).toEqual(emptyQuery('n'))
  })
})

describe('an export', () => {
  it('is a file that a spreadsheet opens as it is', () => {
    expect(toCsv(['名称', 'n'], [['张某 "甲"', 3], ['a,b', null]])).toBe(
      `${BOM}"名称","n"\r\n"张某 ""甲""","3"\r\n"a,b",""\r\n`,
    )
  })
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1', '\t=1', ' =cmd|x', '\r=1'])('holds no formula: %j', (text) => {
    expect(csvField(text)).toBe(`"'${text}"`)
  })
  it('spells a span with plain spaces', () => {
    expect(csvField('2\u00a0小\u2060时\u00a05\u00a0分')).toBe('"2 小时 5 分"')
  })
  it('leaves numbers and plain text alone', () => {
    expect(csvField(-5)).toBe('"-5"')
    expect(csvField('张某-1')).toBe('"张某-1"')
    expect(csvField(Number.NaN)).toBe('""')
  })
})

describe('saved views', () => {
  const taken: [string, string][] = []
  let there: Record<string, string> = {}
  beforeEach(() => {
    localStorage.clear()
    taken.length = 0
    there = {}
    vi.useFakeTimers()
    vi.stubGlobal('fetch', (_path: string, asked?: { method?: string; body?: string }) => {
      if (asked?.method === 'POST') {
        const { name, text } = JSON.parse(asked.body ?? '') as { name: string; text: string }
        taken.push([name, text])
      }
      return Promise.resolve(new Response(JSON.stringify(asked?.method === 'POST' ? {} : { kept: there })))
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  const signIn = (account: string): Promise<void> => bringKept({ id: `ac-${account}`, account })

  it('are kept by account and list, replaced by name, and dropped', async () => {
    await signIn('lin')
    keepView('cases', ' 在办 ', ask({ filters: { state: 'open' }, page: 4 }))
    expect(readViews('cases')).toEqual([{ name: '在办', query: ask({ filters: { state: 'open' } }) }])
    await signIn('shen')
    expect(readViews('cases')).toEqual([])
    await signIn('lin')
    keepView('cases', '在办', ask({ text: 'x' }))
    expect(readViews('cases').map((one) => one.query.text)).toEqual(['x'])
    expect(dropView('cases', '在办')).toEqual([])
  })
  it('follow the account to another computer, and those of earlier versions are taken over', async () => {
    await signIn('lin')
    keepView('cases', 'a', ask({ text: 'x' }))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(taken.map(([name]) => name)).toEqual(['views.cases'])
    there = { 'views.cases': taken[0]![1] }
    localStorage.clear()
    localStorage.setItem('duizhi.views.lin.acts', taken[0]![1])
    await signIn('lin')
    expect(readViews('cases').map((one) => one.name)).toEqual(['a'])
    expect(readViews('acts').map((one) => one.name)).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(taken.at(-1)![0]).toBe('views.acts')
    expect(localStorage.getItem('duizhi.views.lin.acts')).toBeNull()
  })
  it('are at most so many, and unreadable ones are as if not there', async () => {
    await signIn('lin')
    for (let i = 0; i < VIEWS_MAX + 3; i++) keepView('cases', `v${i}`, ask({}))
    expect(readViews('cases').map((one) => one.name)).toHaveLength(VIEWS_MAX)
    expect(keepView('cases', '   ', ask({}))).toHaveLength(VIEWS_MAX)
    for (const text of ['[{"name":"x","query":{"filters":{"a":1}}},3,{"name":', '[{"name":"x","query":{"filters":{"a":1}}},null]']) {
      localStorage.setItem('duizhi.kept.ac-lin.views.cases', text)
      expect(readViews('cases')).toEqual([])
    }
  })
})

describe('the list on a page', () => {
  let app: App
  let root: HTMLElement

  async function mount(props: Record<string, unknown>): Promise<void> {
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { render: () => null } }] })
    root = document.createElement('div')
    document.body.append(root)
    app = createApp({ render: () => h(DataList as never, { name: 'test', label: '案件', columns: COLUMNS, rowKey: (row: Row) => row.id, ...props }) })
    app.use(router).use(i18n).mount(root)
    await router.isReady()
    await nextTick()
  }
  const texts = (): string[] => [...root.querySelectorAll('tbody tr td:first-child')].map((one) => one.textContent.trim())
  const press = (on: Element, key: string): void => void on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))

  afterEach(() => {
    app.unmount()
    root.remove()
    vi.restoreAllMocks()
  })

  it('shows hostile names as text, in a table that says how it is sorted', async () => {
    await mount({ rows: ROWS, opening: { sort: 'n' } })
    expect(texts()).toEqual(['张某案', '<img src=x onerror=alert(1)>', '李某案'])
    expect(root.querySelector('img')).toBeNull()
    expect(root.querySelector('th[aria-sort="ascending"]')?.textContent).toContain('间数')
    root.querySelectorAll<HTMLElement>('th .head')[1]!.click()
    await nextTick()
    expect(root.querySelector('th[aria-sort="descending"]')?.textContent).toContain('间数')
    expect(texts()[0]).toContain('<img')
  })
  it('says what is the matter: loading, failed, empty, nothing found', async () => {
    const rows = ref<Row[] | null>(null)
    const problem = ref<unknown>(null)
    await mount({ get rows() { return rows.value }, get problem() { return problem.value } })
    expect(root.querySelector('.nothing')?.textContent).toContain('正在载入')
    app.unmount()
    await mount({ rows: null, problem: new Error('x') })
    expect(root.textContent).toContain('没有载入')
    app.unmount()
    await mount({ rows: [], emptyTitle: '还没有案件' })
    expect(root.textContent).toContain('还没有案件')
    app.unmount()
    await mount({ rows: ROWS, opening: {} })
    const box = root.querySelector<HTMLInputElement>('[data-list-box]')!
    box.value = '没有这样的'
    box.dispatchEvent(new Event('input'))
    await nextTick()
    expect(root.textContent).toContain('没有符合条件的')
  })
  it('is walked with the keyboard', async () => {
    await mount({ rows: ROWS, to: (row: Row) => `/cases/${row.id}` })
    press(document.body, '/')
    expect(document.activeElement).toBe(root.querySelector('[data-list-box]'))
    press(document.activeElement!, 'ArrowDown')
    expect(document.activeElement?.getAttribute('href')).toBe('/cases/a')
    press(document.activeElement!, 'ArrowDown')
    expect(document.activeElement?.getAttribute('href')).toBe('/cases/b')
    press(document.activeElement!, 'End')
    expect(document.activeElement?.getAttribute('href')).toBe('/cases/c')
    press(document.activeElement!, 'Home')
    press(document.activeElement!, 'ArrowUp')
    expect(document.activeElement).toBe(root.querySelector('[data-list-box]'))
  })
  /** What the last download held, as text. */
  function downloads(): () => Promise<string> {
    let last: Blob | null = null
    vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: (one: Blob) => ((last = one), 'blob:x'), revokeObjectURL: () => {} }))
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {})
    return () =>
      new Promise((done) => {
        const reader = new FileReader()
        reader.onload = () => done(String(reader.result))
        reader.readAsText(last!)
      })
  }
  const at = (id: string): HTMLElement | null => root.querySelector(`[data-testid="list-test-${id}"]`)
  it('inside a panel sorts, pages and exports in its foot, and finds once there is more than a page', async () => {
    const exported = downloads()
    await mount({ rows: ROWS, compact: true, perPage: 2 })
    expect(texts()).toEqual(['张某案', '李某案'])
    expect(at('box')).not.toBeNull()
    const order = at('order') as HTMLSelectElement
    order.value = '-n'
    order.dispatchEvent(new Event('change'))
    await nextTick()
    expect(texts()[0]).toContain('<img')
    at('next')!.click()
    await nextTick()
    expect(texts()).toEqual(['李某案'])
    at('export')!.click()
    await vi.waitFor(() => expect(at('said')!.textContent).toContain('已导出 3 行'))
    expect(at('said')!.dataset.tone).toBe('done')
    expect((await exported()).split('\r\n').filter(Boolean)).toHaveLength(4)
    root.querySelector<HTMLElement>('[aria-label="知道了"]')!.click()
    await nextTick()
    expect(at('said')!.textContent).toBe('')
    app.unmount()
    await mount({ rows: ROWS.slice(0, 2), compact: true, perPage: 2 })
    expect(at('box')).toBeNull()
    expect(at('export')).not.toBeNull()
  })
  it('draws whole rows by the slot `row`; what is sorted and found follows the columns', async () => {
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { render: () => null } }] })
    root = document.createElement('div')
    document.body.append(root)
    const slots = { row: ({ row }: { row: Row }) => h('b', row.name) }
    app = createApp({ render: () => h(DataList as never, { name: 'test', label: '案件', columns: COLUMNS, rowKey: (row: Row) => row.id, rows: ROWS, rowTestid: (row: Row) => `row-${row.id}`, rowAttrs: (row: Row) => ({ 'data-state': row.state }), opening: { sort: 'day' } }, slots) })
    app.use(router).use(i18n).mount(root)
    await router.isReady()
    const names = (): string[] => [...root.querySelectorAll('li')].map((one) => `${one.dataset.testid} ${one.dataset.state}`)
    expect(names()).toEqual(['row-c open', 'row-a open', 'row-b closed'])
    const box = at('box') as HTMLInputElement
    box.value = '已结'
    box.dispatchEvent(new Event('input'))
    await nextTick()
    expect(names()).toEqual(['row-b closed'])
  })
  it('says an export that fails, that was left, and that leaves rows out, where one sees it', async () => {
    downloads()
    let answer: () => Promise<{ rows: Row[]; total: number }> = () => Promise.resolve({ rows: ROWS, total: 3 })
    await mount({ load: () => answer() })
    await vi.waitFor(() => expect(texts()).toHaveLength(3))
    answer = () => Promise.reject(new Error('x'))
    at('export')!.click()
    await vi.waitFor(() => expect(at('said')!.dataset.tone).toBe('failed'))
    expect(at('said')!.textContent).toContain('没有导出')
    expect(at('said')!.closest('.sr-only')).toBeNull()
    expect(at('said')!.querySelector('.sr-only')).toBeNull()
    let go: (() => void) | null = null
    answer = () => new Promise((done) => (go = () => done({ rows: ROWS, total: 9_000_000 })))
    at('export')!.click()
    await vi.waitFor(() => expect(go).not.toBeNull())
    await vi.waitFor(() => expect(at('export')!.textContent).toContain('停止导出'))
    at('export')!.click()
    go!()
    await vi.waitFor(() => expect(at('said')!.textContent).toContain('已停止'))
    const page = Array.from({ length: 50_000 }, (_, n) => ({ ...ROWS[0]!, id: `${n}` }))
    answer = () => Promise.resolve({ rows: page, total: 120_000 })
    at('export')!.click()
    await vi.waitFor(() => expect(at('said')!.textContent).toContain('已导出前 100000 行，共 120000 行'), 5_000)
    expect(at('said')!.dataset.tone).toBe('some')
  })
  it('loads a page from the centre, drops an answer that was overtaken, and tries again', async () => {
    const answers: ((rows: Row[]) => void)[] = []
    const load = vi.fn(() => new Promise<{ rows: Row[]; total: number }>((done) => answers.push((rows) => done({ rows, total: 60 }))))
    await mount({ load, perPage: 25 })
    answers[0]!(ROWS.slice(0, 1))
    await vi.waitFor(() => expect(texts()).toEqual(['张某案']))
    root.querySelector<HTMLElement>('[aria-label="下一页"]')!.click()
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(2), 5_000)
    root.querySelector<HTMLElement>('[aria-label="下一页"]')!.click()
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(3), 5_000)
    answers[2]!(ROWS.slice(2))
    await vi.waitFor(() => expect(texts()[0]).toContain('<img'))
    answers[1]!(ROWS.slice(1, 2))
    await nextTick()
    expect(texts()[0]).toContain('<img')
    expect((load.mock.calls as unknown as [ListQuery][])[2]![0].page).toBe(3)
  })
})

describe('a day', () => {
  it('reads as the language writes it; what is none stays', () => {
    expect(dayWords('2026-05-14', 'zh-CN')).toBe('2026-05-14')
    expect(dayWords('2026-05-14', 'en')).toBe('14 May 2026')
    expect(dayWords('', 'en')).toBe('')
    expect(dayWords('May', 'en')).toBe('May')
  })
})
