// @vitest-environment jsdom
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { clearKept, mayLogOut } from '@/base/logging-out'
import { i18n, ready } from '@/i18n'
import { useLeaving } from '@/pages/record/useLeaving'

const dirty = ref(false)
const save = vi.fn<() => Promise<boolean>>()
let leaving: ReturnType<typeof useLeaving>
let app: App

async function mounted(): Promise<void> {
  const page = {
    setup() {
      leaving = useLeaving(() => 's1', () => dirty.value, () => true, save)
      return () => h('p')
    },
  }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }] })
  await router.push('/')
  app = createApp({ render: () => h(RouterView) })
  app.use(i18n).use(router).mount(document.createElement('div'))
}
const sure = vi.fn<(records: number) => boolean>()
const mayWu = (): Promise<boolean> => mayLogOut('wu', sure)
const kept = (...names: string[]): void => names.forEach((name) => sessionStorage.setItem(`duizhi.record.${name}`, '{}'))
/** What is answered when it is asked. */
async function asked(how: 'save' | 'keep' | 'stay'): Promise<boolean> {
  const may = mayWu()
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
  sure.mockReset()
  sessionStorage.clear()
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
    expect(await mayWu()).toBe(true)
    dirty.value = true
    app.unmount()
    expect(await mayWu()).toBe(true)
  })
})

describe('signing out while other records wait with unsaved text', () => {
  it('asks once for all of them before anything else, and stays where one is not sure', async () => {
    await mounted()
    dirty.value = true
    kept('wu.s1', 'wu.s2', 'wu.s2.77', 'wu.s3.5', 'sun.s4')
    sure.mockReturnValue(false)
    expect(await mayWu()).toBe(false)
    expect([sure.mock.calls, leaving.asking.value]).toEqual([[[2]], false]) // the page asks about its own
    sure.mockReturnValue(true)
    expect(await asked('keep')).toBe(true)
  })

  it('counts what waits beside a text that is saved, for no page asks about it', async () => {
    await mounted()
    dirty.value = false
    kept('wu.s1.77')
    sure.mockReturnValue(false)
    expect([await mayWu(), sure.mock.calls]).toEqual([false, [[1]]])
  })

  it('clears what is the account\'s own, and nothing that another one left when its login ended', () => {
    kept('wu.s1', 'wu.s2.77', 'sun.s4')
    clearKept('wu')
    expect(Object.keys(sessionStorage)).toEqual(['duizhi.record.sun.s4'])
  })
})
