// @vitest-environment jsdom
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import type { App } from 'vue'
import { ApiError } from '@/api/client'
import { useAct } from '@/base/act'
import { locale } from '@/base/preferences'
import { i18n, ready } from '@/i18n'

describe('one act at a time', () => {
  let app: App | undefined
  beforeAll(() => ready)
  afterEach(() => {
    app?.unmount()
    locale.value = 'zh-CN'
  })
  function used(): ReturnType<typeof useAct> {
    let made: ReturnType<typeof useAct> | undefined
    app = createApp({
      setup() {
        made = useAct()
        return () => null
      },
    })
    app.use(i18n).mount(document.createElement('div'))
    return made!
  }
  const refused = (status: number, code: string) => () => Promise.reject(new ApiError(status, code))

  it('is busy until it has ended, and says whether it was done', async () => {
    const { busy, problem, act } = used()
    let end: () => void = () => undefined
    const acting = act(() => new Promise<void>((done) => (end = done)))
    expect(busy.value).toBe(true)
    end()
    expect(await acting).toBe(true)
    expect([busy.value, problem.value]).toEqual([false, ''])
    expect(await act(refused(409, 'session_open'))).toBe(false)
    expect(busy.value).toBe(false)
  })

  it('says its problem in the language of now, and takes it back with the next act', async () => {
    const { problem, act } = used()
    await act(refused(409, 'session_open'))
    const chinese = problem.value
    expect(chinese).toMatch(/\p{Script=Han}/u)
    locale.value = 'en'
    await vi.waitFor(() => expect(problem.value).toMatch(/^[A-Z][ -~]+$/))
    await act(() => Promise.resolve())
    expect(problem.value).toBe('')
  })

  it('says that a password was wrong, on every page that asks for one', async () => {
    const { problem, act } = used()
    await act(refused(401, 'wrong_password'))
    expect(problem.value).toBe('账号或密码不对')
  })
})
