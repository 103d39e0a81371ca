import { afterEach, describe, expect, it, vi } from 'vitest'
import { buzz } from '@/base/buzz'

function device(touched: boolean | undefined): ReturnType<typeof vi.fn> {
  const vibrate = vi.fn(() => true)
  const userActivation = touched === undefined ? undefined : { hasBeenActive: touched }
  vi.stubGlobal('navigator', { vibrate, userActivation })
  return vibrate
}

describe('buzz', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('vibrates once the page was touched', () => {
    const vibrate = device(true)
    expect(buzz([1, 2])).toBe(true)
    expect(vibrate).toHaveBeenCalledWith([1, 2])
  })

  it.each([false, undefined])('asks for nothing the browser would refuse: %s', (touched) => {
    const vibrate = device(touched)
    expect(buzz(200)).toBe(false)
    expect(vibrate).not.toHaveBeenCalled()
  })

  it('is quiet where there is nothing to vibrate', () => {
    vi.stubGlobal('navigator', { userActivation: { hasBeenActive: true } })
    expect(buzz(200)).toBe(false)
  })
})
