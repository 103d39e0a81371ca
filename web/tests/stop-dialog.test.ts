// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, reactive } from 'vue'
import type { App } from 'vue'
import { i18n, speakOf } from '@/i18n'
import StopDialog from '@/pages/room/StopDialog.vue'
import type { Waits } from '@/pages/room/StopDialog.vue'

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
let app: App
let dialog: { ask: (session: string) => Promise<void> }
let stops: number
let found: { waits: Waits[] }
let steps: object[] | null
let unsigned: number

beforeAll(() => speakOf('/room/room1'))
beforeEach(() => {
  steps = []
  unsigned = 0
  vi.stubGlobal('fetch', async () => {
    if (!steps) throw new TypeError('network')
    return Response.json({ steps, unsigned })
  })
  stops = 0
  found = reactive({ waits: [] })
  app = createApp({ render: () => h(StopDialog, { ref: (one) => void (dialog = one as never), waits: found.waits, onStop: () => (stops += 1) }) })
  const root = document.createElement('div')
  document.body.append(root)
  app.use(i18n).mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('stopping a session', () => {
  it('says that a signature waits, also where the centre says nothing', async () => {
    steps = null
    found.waits = ['signature']
    await dialog.ask('s1')
    await nextTick()
    expect(stops).toBe(0)
    expect(at('stop-waits-signature')?.textContent).toContain('签名待送达')
    found.waits = []
    await nextTick()
    expect(at('stop-waits-signature')?.textContent).toBe('已送达')
    at('stop-anyway')!.click()
    expect(stops).toBe(1)
  })

  it('says that places of the record are to be signed: nobody can once it is sealed', async () => {
    unsigned = 3
    await dialog.ask('s1')
    await nextTick()
    expect(stops).toBe(0)
    expect(at('stop-unsigned')!.textContent).toContain('笔录还有 3 处没有签名')
    at('stop-back')!.click()
    expect(stops).toBe(0)
  })

  it('stops at once where nothing is missing and nothing waits', async () => {
    await dialog.ask('s1')
    expect(stops).toBe(1)
    expect(at('stop-steps')).toBeNull()
  })
})
