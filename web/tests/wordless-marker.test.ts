// @vitest-environment jsdom
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp, h } from 'vue'
import type { App } from 'vue'
import { locale } from '@/base/preferences'
import MarkerLine from '@/components/MarkerLine.vue'
import { i18n, ready, speakOf } from '@/i18n'
import { useReviewWords } from '@/pages/review/words'
import type { ReviewEvent } from '@/pages/review/types'
import { useLogWords } from '@/pages/log/useLogWords'

let app: App | null = null
let root: HTMLElement
function mounted(component: object): HTMLElement {
  root = document.createElement('div')
  document.body.append(root)
  app = createApp(component)
  app.use(i18n).mount(root)
  return root
}
afterEach(() => {
  app?.unmount()
  root.remove()
})

describe.each([
  ['zh-CN', '吴某标记了这一刻', '标记了这一刻，没有写字'],
  ['en', '吴某 marked this moment', 'This moment was marked, without words'],
] as const)('a marker without words, in %s', (language, line, alone) => {
  beforeAll(async () => {
    await ready
    await speakOf('/review/c1')
    locale.value = language
    while (i18n.global.locale.value !== language) await new Promise((done) => setTimeout(done, 5))
  })

  it('says in the running script who marked it, and what was written where something was', () => {
    const marker = { room: 'r', t_us: 1, text: '', by_name: '吴某' }
    expect(mounted({ render: () => h(MarkerLine, { marker, mayTake: false }) }).textContent).toContain(line)
    app!.unmount()
    expect(mounted({ render: () => h(MarkerLine, { marker: { ...marker, text: 'abc' }, mayTake: false }) }).textContent).toMatch(/吴某(：|: )abc/)
  })

  it('says so in review and log; one whose words are withheld does not claim to have none', () => {
    let review!: ReturnType<typeof useReviewWords>
    let log!: ReturnType<typeof useLogWords>
    mounted({
      setup() {
        review = useReviewWords(() => null)
        log = useLogWords({ source: () => '', room: () => '' })
        return () => null
      },
    })
    const event = { id: 'm1', session: 's', kind: 'marker', t_us: 1, end_us: null, text: '', source: '', by_name: '吴某' } as ReviewEvent
    expect(review.eventText(event)).toBe(alone)
    expect(review.eventText({ ...event, kind: 'note' })).toBe('')
    const entry = { kind: 'marker', summary: { text: '' }, by_name: '' }
    type Told = Parameters<typeof log.factOf>[0]
    expect(log.factOf(entry as unknown as Told)).toBe(alone)
    expect(log.factOf({ ...entry, summary: {} } as unknown as Told)).toBe('')
  })
})
