// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetAccount, logIn } from '@/api/account'
import { KEPT_US, WAITS_US, sweepTablet } from '@/api/tablet'

const NOW = 1e15
const signed = (to_us: number): object => ({ session: 's1', notice: 'interview/2', signing: { ink: { to_us } } })
const unsigned = (said_us: number): object => ({ session: 's2', notice: 'interview/2', signing: { unsigned: { said_us } } })
const put = (key: string, value: unknown): void => localStorage.setItem(key, JSON.stringify(value))
const kept = (): string[] => Object.keys(localStorage).sort()

beforeEach(() => localStorage.clear())
afterEach(() => vi.unstubAllGlobals())

describe('what a tablet keeps', () => {
  it('stays as long as it counts, and not a moment longer', () => {
    for (const [name, past] of [['new', 0], ['old', 1]] as const) {
      put(`duizhi.checks.c.${name}`, { at_us: NOW - KEPT_US - past })
      put(`duizhi.untold.c.${name}`, { started_us: NOW - WAITS_US - past })
      put(`duizhi.signing.c.${name}`, signed(NOW - WAITS_US - past))
      put(`duizhi.signing.c2.${name}`, [unsigned(NOW - WAITS_US - past)])
    }
    sweepTablet(NOW)
    expect(JSON.parse(localStorage.getItem('duizhi.signing.c.new')!)).toEqual(signed(NOW - WAITS_US)) // as it was
    expect(kept()).toEqual(['duizhi.checks.c.new', 'duizhi.signing.c.new', 'duizhi.signing.c2.new', 'duizhi.untold.c.new'])
  })

  it('is judged one signature at a time, and nothing else is touched', () => {
    put('duizhi.signing.c.r', [signed(NOW - WAITS_US - 1), unsigned(NOW)])
    localStorage.setItem('duizhi.signing.c.r2', '{')
    put('duizhi.checks.c.r', null)
    put('duizhi.locale', 'en')
    sweepTablet(NOW)
    expect(kept()).toEqual(['duizhi.locale', 'duizhi.signing.c.r'])
    expect(JSON.parse(localStorage.getItem('duizhi.signing.c.r')!)).toEqual([unsigned(NOW)])
  })

  it('has what the centre refused for as long as nobody dismisses it', () => {
    const refused = { ...signed(1), refused: { code: 'notice_signed', status: 409, at_us: 2 } }
    put('duizhi.signing.c.r', [refused, signed(1)])
    sweepTablet(NOW)
    expect(JSON.parse(localStorage.getItem('duizhi.signing.c.r')!)).toEqual([refused])
  })

  it('is swept when somebody signs in, and when somebody signs out', async () => {
    vi.stubGlobal('fetch', async (path: string) => Response.json(path === '/api/login' ? { id: 'wu', account: 'wu', name: '吴某某', role: 'interviewer' } : { kept: {} }))
    const old = 'duizhi.checks.c.r'
    put(old, { at_us: 1 })
    await logIn('wu', 'x')
    expect(localStorage.getItem(old)).toBeNull()
    put(old, { at_us: 1 })
    forgetAccount()
    expect(localStorage.getItem(old)).toBeNull()
  })
})
