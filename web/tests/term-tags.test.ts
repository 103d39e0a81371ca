// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { fitting, wordsOf } from '@/components/term-list'
import TermTags from '@/components/TermTags.vue'
import { i18n, ready, speakOf } from '@/i18n'
import PointTemplateEditDialog from '@/pages/admin/PointTemplateEditDialog.vue'
import type { TemplateVersion } from '@/pages/admin/point-templates'
import { fits } from '@/pages/words/words'

let app: App
const list = ref<string[]>([])
const input = (): HTMLInputElement => document.querySelector('.tags input')!
const tags = (): string[] => [...document.querySelectorAll('.tags .term')].map((one) => one.textContent!.trim())
const over = (): string => document.querySelector('[data-testid=terms-over]')?.textContent ?? ''

async function type(words: string, key = ''): Promise<void> {
  input().value = words
  input().dispatchEvent(new Event('input'))
  if (key) input().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await nextTick()
}

async function paste(words: string): Promise<boolean> {
  const event = Object.assign(new Event('paste', { cancelable: true }), { clipboardData: { getData: () => words } })
  const ours = !input().dispatchEvent(event)
  await nextTick()
  return ours
}

beforeAll(async () => {
  await ready
  await speakOf('/admin/templates')
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

describe('a list of short words', () => {
  beforeEach(() => {
    list.value = ['甲']
    app = createApp({ render: () => h(TermTags, { modelValue: list.value, label: '词', max: 3, characters: 4, 'onUpdate:modelValue': (now: string[]) => (list.value = now) }) })
    app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  })

  it('keeps in the box what is beyond its limit, and says so', async () => {
    await type('乙、丙,丁；戊', 'Enter')
    expect([tags(), input().value]).toEqual([['甲', '乙', '丙'], '丁、戊'])
    expect(over()).toContain('最多 3 个')
    document.querySelector<HTMLElement>('.term button')!.click()
    await nextTick()
    input().dispatchEvent(new Event('blur'))
    await nextTick()
    expect([tags(), input().value]).toEqual([['乙', '丙', '丁'], '戊'])
    await type('')
    expect([list.value, over()]).toEqual([['乙', '丙', '丁'], ''])
  })

  it('cuts no word short', async () => {
    await type('一二三四五、乙', 'Enter')
    expect([tags(), input().value, list.value]).toEqual([['甲', '乙'], '一二三四五', ['甲', '乙', '一二三四五']])
    expect(over()).toContain('每个最多 4 字')
    expect(input().getAttribute('aria-describedby')).toBe(document.querySelector('[data-testid=terms-over]')!.id)
    await type('𠮷𠮷𠮷𠮷', 'Enter')
    expect([tags().at(-1), over()]).toEqual(['𠮷𠮷𠮷𠮷', ''])
  })

  it('holds what stands in the box before it is a tag', async () => {
    await type('乙')
    expect([tags(), list.value]).toEqual([['甲'], ['甲', '乙']])
    input().dispatchEvent(new Event('blur'))
    await nextTick()
    expect([tags(), input().value, list.value]).toEqual([['甲', '乙'], '', ['甲', '乙']])
    await type('丙')
    list.value = ['甲'] // given up by its page
    await nextTick()
    expect([tags(), input().value]).toEqual([['甲'], ''])
  })

  it('takes pasted lines apart', async () => {
    expect(await paste('乙\r\n丙\n')).toBe(true)
    expect([input().value, list.value]).toEqual(['乙、丙', ['甲', '乙', '丙']])
    expect(await paste('乙')).toBe(false)
  })

  it('takes no word twice', async () => {
    await type('甲、乙、乙', 'Enter')
    expect(list.value).toEqual(['甲', '乙'])
  })
})

describe('words of a point that is written', () => {
  const point = { text: '核实时间', question: '何时？', slots: ['when'] }
  const from: TemplateVersion = { version: '2026-11', number: 0, shipped: true, name: '动火', name_en: '', points: [point], by_name: '', t_us: 0, uses: [] }

  it('asks before Escape takes a word that was typed without Enter', async () => {
    let closed = false
    const page = { render: () => h(PointTemplateEditDialog, { id: 'hot', from, seen: '', onClose: () => (closed = true) }) }
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }] })
    await router.push('/')
    app = createApp({ render: () => h(RouterView) })
    app.use(i18n).use(router).mount(document.body.appendChild(document.createElement('div')))
    await new Promise((done) => setTimeout(done, 20))
    document.querySelector<HTMLElement>('[data-testid=point-fold-1]')!.click()
    await nextTick()
    await type('安排')
    input().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true, cancelable: true }))
    await new Promise((done) => setTimeout(done, 20))
    expect([closed, document.querySelector('[data-testid=template-stay]') !== null]).toEqual([false, true])
    document.querySelector<HTMLElement>('[data-testid=template-stay]')!.click()
    await nextTick()
    await type(Array.from({ length: 21 }, (_, i) => `词${i}`).join('、'), 'Enter')
    expect(tags()).toHaveLength(20)
    expect(input().value).toBe('词20')
    expect(document.querySelector('[data-testid=template-hint]')!.textContent).toContain('最多 20 个')
    expect(document.querySelector<HTMLButtonElement>('[data-testid=template-save]')!.disabled).toBe(true)
  })
})

describe('what a list takes', () => {
  it('is counted in words and characters, the rest in its order', () => {
    expect(wordsOf(' 甲，乙、 ;丙\t丁\n戊 己 ')).toEqual(['甲', '乙', '丙', '丁', '戊 己'])
    expect(fitting(['一二三', '甲', '乙', '丙'], { max: 2, characters: 2 })).toEqual({ terms: ['甲', '乙'], rest: ['一二三', '丙'] })
    expect(fitting([], { max: 2, characters: 2 })).toEqual({ terms: [], rest: [] })
  })

  it('is looked at for all words of a case', () => {
    const term = { id: '张某', aliases: ['老张'], en: [] }
    const lexicon = { people: [term], places: [], equipment: [], documents: [] }
    expect(fits(lexicon, ['盲板'])).toBe(true)
    expect(fits(lexicon, ['盲'.repeat(41)])).toBe(false)
    expect(fits({ ...lexicon, people: [{ ...term, en: Array.from({ length: 40 }, (_, i) => `n${i}`) }] }, [])).toBe(false)
  })
})
