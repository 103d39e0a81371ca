// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { computed, createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import type { Prompt } from '@/desk/protocol'
import { i18n, ready } from '@/i18n'
import PromptArea from '@/pages/room/PromptArea.vue'

vi.mock('@/pages/room/DeclineDialog.vue', () => ({ default: { props: ['prompt'], render: () => null } }))
vi.mock('@/pages/room/ReadingSize.vue', () => ({ default: { render: () => null } }))

const prompt = (id: string): Prompt => ({ id, text: id, by_name: '林某', times: { issued_us: 1 } }) as unknown as Prompt

describe('answers to the prompts on the tablet', () => {
  const waiting = ref<Prompt[]>([])
  const answered: string[] = []
  /** Lets the centre answer. */
  let settle: (() => void)[]
  let app: App
  let root: HTMLElement

  beforeAll(() => ready)
  beforeEach(async () => {
    vi.useFakeTimers()
    answered.length = 0
    settle = []
    const answer = (said: string) => (id: string): Promise<void> => {
      answered.push(`${said} ${id}`)
      return new Promise((resolve) => settle.push(resolve))
    }
    const prompts = { waiting: computed(() => waiting.value), withdrawn: ref([]), standsAt: () => undefined, readWithdrawn: () => undefined, acknowledge: answer('asked'), decline: answer('declined') }
    waiting.value = [prompt('b'), prompt('a')]
    root = document.createElement('div')
    document.body.append(root)
    app = createApp({ render: () => h(PromptArea, { prompts: prompts as never, mayAct: true }) })
    app.use(i18n).mount(root)
    await nextTick()
  })
  afterEach(() => {
    app.unmount()
    root.remove()
    vi.useRealTimers()
  })

  const at = (id: string): HTMLButtonElement => root.querySelector(`[data-testid="${id}"]`)!
  const press = (button: HTMLButtonElement, detail: number): boolean => button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail }))
  const tap = (id: string): boolean => press(at(id), 1)
  /** The centre has the answer, and the next prompt takes the place of the first. */
  async function next(): Promise<void> {
    settle.splice(0).forEach((done) => done())
    waiting.value = waiting.value.slice(1)
    await vi.advanceTimersByTimeAsync(0)
  }

  it('are taken at once from the prompt that stands there', () => {
    tap('room-decline')
    expect(answered).toEqual(['declined b'])
  })

  it.each(['room-decline', 'room-asked'])('a second tap on %s does not answer the prompt that moves into its place', async (button) => {
    tap(button)
    await next()
    expect(root.querySelector('[data-testid="room-prompt"]')!.getAttribute('data-prompt')).toBe('a')
    tap(button)
    await vi.advanceTimersByTimeAsync(599)
    expect(at(button).getAttribute('aria-disabled')).toBe('true')
    tap(button)
    expect(answered).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(at(button).hasAttribute('aria-disabled')).toBe(false)
    tap(button)
    expect(answered).toHaveLength(2)
    expect(answered[1]).toMatch(/ a$/)
  })

  it('a prompt that arrives takes no tap meant for the one before it', async () => {
    waiting.value = [prompt('c'), ...waiting.value]
    await nextTick()
    tap('room-asked')
    expect(answered).toEqual([])
    await vi.advanceTimersByTimeAsync(600)
    tap('room-asked')
    expect(answered).toEqual(['asked c'])
  })

  it('none is taken while another is on its way', async () => {
    tap('room-decline')
    await nextTick()
    const buttons = [...root.querySelectorAll<HTMLButtonElement>('.two button')]
    expect(buttons).toHaveLength(6)
    expect(buttons.every((one) => one.disabled)).toBe(true)
    for (const one of buttons) press(one, 1)
    expect(answered).toEqual(['declined b'])
  })

  it('a key that is pressed on a button with the focus is taken', async () => {
    waiting.value = [prompt('c'), ...waiting.value]
    await nextTick()
    press(at('room-asked'), 0)
    expect(answered).toEqual(['asked c'])
  })
})
