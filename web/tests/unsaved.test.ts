// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, effectScope, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import type { Router } from 'vue-router'
import { mayLogOut } from '@/base/logging-out'
import { useUnsaved } from '@/base/unsaved'
import { useKept } from '@/pages/admin/useKept'

vi.mock('@/desk/useChanges', () => ({ useChanges: (_: string[], look: () => void) => look() }))

const unsaved = ref(false)
const confirm = vi.fn<(words: string) => boolean>()
let dialog: ReturnType<typeof useUnsaved>
let router: Router
let app: App

beforeEach(async () => {
  vi.stubGlobal('confirm', confirm.mockReset())
  const page = { setup: () => ((dialog = useUnsaved(unsaved, () => '离开吗？')), () => h('p')) }
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }, { path: '/login', component: { render: () => h('i') } }] })
  await router.push('/')
  app = createApp({ render: () => h(RouterView) })
  app.use(router).mount(document.createElement('div'))
})
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

const closes = (): boolean => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
const mayOut = (): Promise<boolean> => mayLogOut('wu', () => true)

describe('something written and not saved', () => {
  it('is asked about at every way out, and stays where one does', async () => {
    unsaved.value = true
    confirm.mockReturnValue(false)
    expect([closes(), await mayOut()]).toEqual([false, false])
    await router.push('/login')
    expect(router.currentRoute.value.path).toBe('/')
    expect(confirm.mock.calls).toEqual([['离开吗？'], ['离开吗？']])
    const out = vi.fn()
    dialog.close(out)
    expect([dialog.asking.value, out.mock.calls.length]).toEqual([true, 0])
  })

  it('is asked about once by signing out, which then goes to another page', async () => {
    unsaved.value = true
    confirm.mockReturnValue(true)
    expect([await mayOut(), closes()]).toEqual([true, true])
    await router.push('/login')
    expect([router.currentRoute.value.path, confirm.mock.calls.length]).toEqual(['/login', 1])
  })

  it('is not asked about where there is none, or its page is gone', async () => {
    unsaved.value = false
    expect([closes(), await mayOut()]).toEqual([true, true])
    const out = vi.fn()
    dialog.close(out)
    expect([dialog.asking.value, out.mock.calls.length]).toEqual([false, 1])
    unsaved.value = true
    app.unmount()
    expect([closes(), await mayOut(), confirm.mock.calls.length]).toEqual([true, true, 0])
  })
})

describe('what an administrator keeps', () => {
  const kept = async (read: () => Promise<string[]>, added?: 'first') => {
    const found = effectScope().run(() => useKept(read, (one) => one[0]!, added))!
    await nextTick()
    return found
  }

  it('has what was changed in its place, and what is new at an end', async () => {
    for (const added of [undefined, 'first'] as const) {
      const { all, took } = await kept(async () => ['a1', 'b1'], added)
      took('a2')
      took('c1')
      expect(all.value).toEqual(added ? ['c1', 'a2', 'b1'] : ['a2', 'b1', 'c1'])
    }
  })

  it('stays as it was known where it cannot be read, and says so', async () => {
    let away = false
    const { all, problem, load } = await kept(async () => {
      if (away) throw new Error('away')
      return ['a1']
    })
    away = true
    await load()
    expect([all.value, problem.value]).toMatchObject([['a1'], { message: 'away' }])
    away = false
    await load()
    expect(problem.value).toBeNull()
  })
})
