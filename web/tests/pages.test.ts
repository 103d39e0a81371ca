// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { PAGES, pageAt } from '@/pages'
import { router } from '@/router'

/** An address of a page: each parameter filled in, what may be left out as well. */
const addresses = PAGES.flatMap(({ path }) => {
  const filled = path.replace('/:rest(.*)*', '/no-such-page/at/all').replace(/:(\w+)\??/g, '$1-1')
  return path.includes('?') ? [filled, path.replace(/\/:\w+\?/, '').replace(/:(\w+)/g, '$1-1')] : [filled]
})

describe('the page at an address', () => {
  it.each([...addresses, '/cases/', '/audit/package', '/cases/a%20b', '/cases/%E6%A1%88', '/audit/x/log', '/cases/a/b/c/d'])('is the one the router goes to: %s', (address) => {
    const routed = router.resolve(address)
    const record = routed.matched.at(-1)!
    const found = pageAt(address)
    if (record.path === '/:rest(.*)*') {
      expect(found).toBeNull()
      return
    }
    expect(found?.page.path).toBe(record.path)
    expect(found?.params).toEqual(Object.fromEntries(Object.entries(routed.params).map(([name, value]) => [name, value || ''])))
  })

  it('is none where another address stands for it', () => {
    expect(pageAt('/')).toBeNull()
  })

  it('survives an address that is no text', () => {
    expect(pageAt('/cases/%E6')?.params).toEqual({ case: '%E6' })
  })
})
