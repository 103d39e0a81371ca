// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, shallowRef } from 'vue'
import type { App } from 'vue'
import { ApiError } from '@/api/client'
import { i18n, ready } from '@/i18n'
import AddPoint from '@/components/matrix/AddPoint.vue'
import WordingHint from '@/components/WordingHint.vue'
import { usePointWording } from '@/components/matrix/usePointWording'
import type { RefusedHint } from '@/components/matrix/usePointWording'

const hintOf = (category: string) => ({ category, rule: `${category}.x`, span: [0, 2] as [number, number], cue: '对吧', neutral: `请说明${category}。`, neutral_en: `Explain ${category}.` })
const refusal = (...codes: string[]): RefusedHint[] => codes.map((code) => ({ code, field: code.split('.')[0] as RefusedHint['field'], hint: hintOf(code.split('.')[1]!) }))
/** What the centre answers, by the end of the address. */
const centre = vi.hoisted(() => ({ hints: [] as object[], point: vi.fn() }))
vi.mock('@/api/client', async (original) => ({
  ...(await original<object>()),
  post: (path: string, body: object) => (path.endsWith('/wording') ? Promise.resolve({ hints: centre.hints }) : (centre.point(body) as Promise<object>)),
}))

describe('the wording of a point', () => {
  let app: App
  let page: HTMLElement
  const button = (name: string): HTMLButtonElement => page.querySelector<HTMLButtonElement>(`[data-testid=${name}]`)!
  const press = async (name: string): Promise<void> => {
    button(name).click()
    await vi.advanceTimersByTimeAsync(0)
  }
  beforeAll(async () => void (await ready))
  beforeEach(() => {
    vi.useFakeTimers()
    page = document.body.appendChild(document.createElement('div'))
    centre.hints = []
    centre.point.mockReset()
  })
  afterEach(() => {
    app.unmount()
    page.remove()
    vi.useRealTimers()
  })
  const write = async (text: string): Promise<void> => {
    const field = page.querySelector('input')!
    field.value = text
    field.dispatchEvent(new Event('input'))
    await vi.advanceTimersByTimeAsync(400)
  }

  it('put otherwise while the answer was on its way is not pointed out for the words before', async () => {
    let answer = (): void => undefined
    centre.hints = [hintOf('L')]
    centre.point.mockImplementation(() => new Promise((_, fail) => (answer = () => fail(new ApiError(409, 'leading_wording', { hints: refusal('text.L') })))))
    app = createApp({ render: () => h(AddPoint, { case: 'c1' }) })
    app.use(i18n).mount(page)
    await write('是不是李某安排的')
    await press('matrix-point-save')
    centre.hints = []
    await press('wording-take')
    answer()
    await vi.advanceTimersByTimeAsync(400)
    expect(page.querySelectorAll('[data-testid=wording-hint]')).toHaveLength(0)
  })

  it('that leads is pointed out, and stands only once it is kept by its own press', async () => {
    const added = vi.fn()
    app = createApp({ render: () => h(AddPoint, { case: 'c1', onAdded: added }) })
    app.use(i18n).mount(page)
    centre.hints = [hintOf('Z'), hintOf('L')]
    await write('是李某派你去的，对吧')
    expect(page.querySelectorAll('[data-testid=wording-hint]')).toHaveLength(2)
    centre.point.mockRejectedValueOnce(new ApiError(409, 'leading_wording', { hints: refusal('text.Z', 'text.L') }))
    await press('matrix-point-save')
    expect(centre.point).toHaveBeenLastCalledWith({ text: '是李某派你去的，对吧', despite: [] })
    expect(added).not.toHaveBeenCalled()
    expect(page.querySelector('[role=alert]')).toBeNull() // nothing went wrong; it is a question
    centre.point.mockResolvedValueOnce({ id: 'p9' })
    await press('wording-keep')
    expect(centre.point).toHaveBeenLastCalledWith({ text: '是李某派你去的，对吧', despite: ['text.Z', 'text.L'] })
    expect(added).toHaveBeenCalledWith({ id: 'p9' })
  })

  it('is neutral by one press', async () => {
    app = createApp({ render: () => h(AddPoint, { case: 'c1' }) })
    app.use(i18n).mount(page)
    centre.hints = [hintOf('Z')]
    await write('是李某派你去的')
    await press('wording-take')
    expect(page.querySelector('input')!.value).toBe('请说明Z。')
    centre.hints = []
    await vi.advanceTimersByTimeAsync(400)
    expect(page.querySelector('[data-testid=wording-hint]')).toBeNull()
  })

  it('says what else went wrong, and keeps what was written', async () => {
    app = createApp({ render: () => h(AddPoint, { case: 'c1' }) })
    app.use(i18n).mount(page)
    await write('核实票证')
    centre.point.mockRejectedValueOnce(new ApiError(409, 'too_many_points'))
    await press('matrix-point-save')
    expect(page.querySelector('[role=alert]')!.textContent).not.toBe('')
    expect(page.querySelector('input')!.value).toBe('核实票证')
  })

  it('in another language is put right there', async () => {
    const words = ref('核实票证')
    const reworded = vi.fn()
    app = createApp({ render: () => h(WordingHint, { case: 'c1', point: null, keeps: true, refused: refusal('en.L'), modelValue: words.value, onReword: reworded }) })
    app.use(i18n).mount(page)
    await press('wording-take')
    expect(reworded).toHaveBeenCalledWith('en', 'Explain L.')
    expect(words.value).toBe('核实票证')
  })

  it('is looked at anew once it says something else', async () => {
    const words = ref('对吧')
    const wording = shallowRef<ReturnType<typeof usePointWording>>()
    app = createApp({ setup: () => ((wording.value = usePointWording(words)), () => null) })
    app.mount(page)
    const { kept, refused } = wording.value!
    expect(await kept(() => Promise.reject(new ApiError(409, 'leading_wording', { hints: refusal('text.L') })))).toBeNull()
    expect(refused.value).toHaveLength(1)
    words.value = '谁派的'
    await nextTick()
    expect(refused.value).toEqual([])
    await expect(kept(() => Promise.reject(new ApiError(500, 'unexpected')))).rejects.toThrow()
  })
})
