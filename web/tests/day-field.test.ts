// @vitest-environment jsdom
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { noteServerTime } from '@/base/clock'
import DayField from '@/components/DayField.vue'
import { i18n, ready } from '@/i18n'

let app: App
let root: HTMLElement
const day = ref('')
const changed: string[] = []
const sent = vi.fn()

function mounted(first: string): void {
  day.value = first
  changed.length = 0
  sent.mockClear()
  root = document.createElement('div')
  document.body.append(root)
  app = createApp({
    render: () =>
      h('form', { onSubmit: (event: Event) => (event.preventDefault(), sent()) }, [
        h(DayField, { label: '截止日期', modelValue: day.value, 'onUpdate:modelValue': (next: string) => (day.value = next), onChange: (next: string) => changed.push(next), class: 'here', 'data-testid': 'due' }),
        h('button', { type: 'submit' }),
      ]),
  })
  app.use(i18n).mount(root)
}
const box = (): HTMLInputElement => root.querySelector('[data-testid="due"]')!
const opener = (): HTMLButtonElement => root.querySelector('[aria-haspopup="dialog"]')!
const calendar = (): HTMLElement | null => root.querySelector('[role="dialog"]')
async function type(text: string, leave = true): Promise<void> {
  box().value = text
  box().dispatchEvent(new Event('input', { bubbles: true }))
  if (leave) box().dispatchEvent(new Event('change', { bubbles: true }))
  await nextTick()
}
async function opened(): Promise<HTMLElement> {
  opener().click()
  return vi.waitFor(() => {
    expect(document.activeElement?.getAttribute('data-day')).toBeTruthy()
    return calendar()!
  })
}
async function press(key: string, shiftKey = false): Promise<boolean> {
  const event = new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true })
  const on = vi.fn()
  document.addEventListener('keydown', on, { once: true })
  document.activeElement!.dispatchEvent(event)
  document.removeEventListener('keydown', on)
  await nextTick()
  await nextTick()
  return on.mock.calls.length > 0
}
const at = (): string | null | undefined => document.activeElement?.getAttribute('data-day')

beforeAll(() => ready)
afterEach(() => {
  app.unmount()
  root.remove()
})

describe('a field for a day', () => {
  it('shows and takes the form of the page, and has a name', async () => {
    mounted('2026-03-18')
    expect(box().type).toBe('text')
    expect(box().value).toBe('2026-03-18')
    expect(root.querySelector(`label[for="${box().id}"]`)!.textContent).toBe('截止日期')
    expect(root.querySelector('.day')!.classList.contains('here')).toBe(true)
    await type('2026年11月30日')
    expect([day.value, box().value, changed]).toEqual(['2026-11-30', '2026-11-30', ['2026-11-30']])
    await type('')
    expect([day.value, changed.at(-1)]).toEqual(['', ''])
  })

  it('says what cannot be read, keeps it, and holds the form back until it is mended', async () => {
    mounted('2026-03-18')
    await type('30/11/2026', false)
    expect(root.querySelector('[role="alert"]')).toBeNull() // still being typed
    await type('30/11/2026')
    const said = root.querySelector('[role="alert"]')!
    expect(said.textContent).toContain('请写成 2026-11-30')
    expect(box().getAttribute('aria-describedby')).toBe(said.id)
    expect(box().getAttribute('aria-invalid')).toBe('true')
    expect([box().value, day.value, changed]).toEqual(['30/11/2026', '2026-03-18', []])
    root.querySelector<HTMLButtonElement>('[type="submit"]')!.click()
    expect(sent).not.toHaveBeenCalled()
    await type('2026-11-30', false)
    expect(root.querySelector('[role="alert"]')).toBeNull()
    expect(day.value).toBe('2026-11-30')
    root.querySelector<HTMLButtonElement>('[type="submit"]')!.click()
    expect(sent).toHaveBeenCalledOnce()
  })

  it('follows what is set from outside', async () => {
    mounted('2026-03-18')
    await type('x')
    day.value = '2026-04-01'
    await nextTick()
    expect(box().value).toBe('2026-04-01')
    expect(box().validity.valid).toBe(true)
  })
})

describe('its calendar', () => {
  it('opens at the day and is walked with keys that nothing below hears', async () => {
    mounted('2026-11-30')
    const open = await opened()
    expect(opener().getAttribute('aria-expanded')).toBe('true')
    expect(open.querySelector('b')!.textContent).toBe('2026年11月')
    expect(at()).toBe('2026-11-30')
    expect(open.querySelector('[aria-selected="true"] button')!.getAttribute('aria-label')).toBe('2026年11月30日星期一')
    for (const [key, shift, then] of [
      ['ArrowRight', false, '2026-12-01'], ['ArrowDown', false, '2026-12-08'], ['ArrowUp', false, '2026-12-01'], ['ArrowLeft', false, '2026-11-30'],
      ['End', false, '2026-12-06'], ['Home', false, '2026-11-30'], ['PageUp', false, '2026-10-30'], ['PageDown', true, '2027-10-30'],
    ] as const) {
      expect(await press(key, shift)).toBe(false)
      expect(at()).toBe(then)
    }
    expect(open.querySelectorAll('[data-day][tabindex="0"]')).toHaveLength(1)
    ;(document.activeElement as HTMLElement).click()
    await nextTick()
    expect([day.value, changed, calendar()]).toEqual(['2027-10-30', ['2027-10-30'], null])
    expect(document.activeElement).toBe(opener())
  })

  it('is left with Escape, which closes nothing else, and by a press beside it', async () => {
    mounted('')
    await opened()
    expect(await press('Escape')).toBe(false)
    expect([calendar(), day.value, document.activeElement]).toEqual([null, '', opener()])
    await opened()
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    await nextTick()
    expect(calendar()).toBeNull()
  })

  it('goes by months and years, and back to today', async () => {
    noteServerTime(new Date(2026, 10, 5, 12).getTime() * 1000)
    mounted('2020-01-31')
    const open = await opened()
    const turns = open.querySelectorAll<HTMLButtonElement>('.turns button')
    for (const [turn, month] of [[0, '2019年1月'], [1, '2018年12月'], [2, '2019年1月'], [3, '2020年1月']] as const) {
      turns[turn]!.click()
      await nextTick()
      expect(open.querySelector('b')!.textContent).toBe(month)
    }
    open.querySelector<HTMLButtonElement>('[data-testid="day-today"]')!.click()
    await nextTick()
    expect(day.value).toBe('2026-11-05')
  })
})
