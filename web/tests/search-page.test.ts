// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'
import type { App } from 'vue'
import { RouterView, createMemoryHistory, createRouter } from 'vue-router'
import { i18n, ready, speakOf } from '@/i18n'
import SearchPage from '@/pages/search/SearchPage.vue'

const hit = (id: number, kind = 'utterance') => ({ id, kind, case: 'c1', case_name: '案', case_name_en: '', case_number: '2026-1', room: 'r', room_name: '室', room_name_en: '', session: 's', person: '', person_en: '', speaker: 'interviewer', t_us: id, pieces: [{ text: '张某', hit: true }] })
let app: App
let asked: string[]
const names = { hits: [hit(90, 'exhibit')], more: true, total: 80, total_is_least: false, building: null }

beforeEach(async () => {
  await speakOf('/search')
  await ready
  asked = []
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    const found = path.startsWith('/api/search/names') ? names : path.startsWith('/api/search') ? { hits: [hit(9), hit(8)], more: !path.includes('before'), total: 4, total_is_least: false, building: null } : { cases: [] }
    return Promise.resolve(Response.json(found))
  })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/search', component: SearchPage }, { path: '/:rest(.*)*', component: { render: () => null } }] })
  await router.push('/search?q=AAA')
  app = createApp({ render: () => h(RouterView) })
  app.use(router).use(i18n).mount(document.body.appendChild(document.createElement('div')))
  await vi.waitFor(() => expect(document.querySelectorAll('[data-testid=search-hit]')).toHaveLength(3))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})
const type = (text: string): void => {
  const field = document.querySelector<HTMLInputElement>('input')!
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

it('asks for more of what was asked, not of what is being typed', async () => {
  type('BBB')
  document.querySelector<HTMLButtonElement>('[data-testid=search-more]')!.click()
  await vi.waitFor(() => expect(asked.filter((one) => one.includes('before'))).toHaveLength(1))
  expect(asked.find((one) => one.includes('before'))).toContain('q=AAA')
  expect(asked.join()).not.toContain('BBB')
})

it('exports what was asked, and says when names are left out', async () => {
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: () => undefined }))
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
  type('BBB')
  document.querySelector<HTMLButtonElement>('[data-testid=list-search-export]')!.click()
  await vi.waitFor(() => expect(document.body.textContent).toMatch(/前 5 行，共 84 行/))
  expect(asked.join()).not.toContain('BBB')
})
