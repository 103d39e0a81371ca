// @vitest-environment jsdom
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { mayLogOut } from '@/base/logging-out'
import { i18n, ready } from '@/i18n'
import { useLeaving } from '@/pages/record/useLeaving'

const dirty = ref(false)
const save = vi.fn<() => Promise<boolean>>()
let leaving: ReturnType<typeof useLeaving>
let app: App

async function mounted(): Promise<void> {
  const page = {
    setup() {
      leaving = useLeaving(() => dirty.value, () => true, save)
      return () => h('p')
    },
  }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }] })
  await router.push('/')
  app = createApp({ render: () => h(RouterView) })
  app.use(i18n).use(router).mount(document.createElement('div'))
}
/** What is answered when it is asked. */
async function asked(how: 'save' | 'keep' | 'stay'): Promise<boolean> {
  const may = mayLogOut()
  await nextTick()
  expect([leaving.asking.value, leaving.loggingOut.value]).toEqual([true, true])
  leaving.answer(how)
  return may
}
const closes = (): boolean => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))

beforeAll(() => ready)
afterEach(() => {
  app.unmount()
  save.mockReset()
})

describe('signing out of a record with unsaved text', () => {
  it('asks, and stays where it is to stay or could not be saved', async () => {
    await mounted()
    dirty.value = true
    expect(await asked('stay')).toBe(false)
    save.mockResolvedValue(false)
    expect([await asked('save'), save.mock.calls.length]).toEqual([false, 1])
    expect(closes()).toBe(false)
    void leaving.mayLeave()
    expect(leaving.loggingOut.value).toBe(false)
  })

  it('goes on once it is saved or left, and no second question follows', async () => {
    await mounted()
    dirty.value = true
    save.mockResolvedValue(true)
    expect(await asked('save')).toBe(true)
    expect([await asked('keep'), closes()]).toEqual([true, true])
  })

  it('asks nothing where nothing is unsaved, or the record is closed', async () => {
    await mounted()
    dirty.value = false
    expect(await mayLogOut()).toBe(true)
    dirty.value = true
    app.unmount()
    expect(await mayLogOut()).toBe(true)
  })
})
