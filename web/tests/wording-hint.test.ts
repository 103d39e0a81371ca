// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { i18n, ready, speakOf } from '@/i18n'
import WordingHint from '@/components/WordingHint.vue'

const found = vi.hoisted(() => ({ hints: [] as object[] }))
vi.mock('@/api/client', async (original) => ({ ...(await original<object>()), post: () => Promise.resolve(found) }))

const hintOf = (rule: string) => ({ category: rule[0], rule, span: [0, 2], cue: '对吧', neutral: '请说明。', neutral_en: 'Please explain.' })

describe('the hint at the wording of a prompt', () => {
  const words = ref('')
  const hint = ref<InstanceType<typeof WordingHint>>()
  let app: App
  beforeAll(async () => {
    await ready
    await speakOf('/wall/c1')
  })
  beforeEach(() => {
    vi.useFakeTimers()
    words.value = ''
    app = createApp({ render: () => h(WordingHint, { ref: hint, case: 'c1', point: null, modelValue: words.value, 'onUpdate:modelValue': (next: string) => (words.value = next) }) })
    app.use(i18n).mount(document.createElement('div'))
  })
  afterEach(() => {
    app.unmount()
    vi.useRealTimers()
  })
  async function write(text: string, ...rules: string[]): Promise<void> {
    found.hints = rules.map(hintOf)
    words.value = text
    await nextTick()
    await vi.advanceTimersByTimeAsync(400)
  }

  it('says which were shown since the words were begun, the first of each look only', async () => {
    await write('是李某派的，对吧', 'Z.who', 'L.tag')
    expect(hint.value!.seen).toEqual(['Z.who'])
    await write('走了，对吧', 'L.tag')
    await write('谁派的')
    expect([hint.value!.seen, hint.value!.before()]).toEqual([['Z.who', 'L.tag'], '是李某派的，对吧'])
    await write('')
    expect([hint.value!.seen, hint.value!.before()]).toEqual([[], null])
  })

  it('has shown nothing of what leaves before the hint comes', async () => {
    found.hints = [hintOf('L.tag')]
    words.value = '走了，对吧'
    await nextTick()
    expect(hint.value!.seen).toEqual([])
  })
})
