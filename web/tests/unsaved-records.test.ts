// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'
import type { App } from 'vue'
import { forgetAccount, loadAccount } from '@/api/account'
import { i18n, ready, speakOf } from '@/i18n'
import UnsavedRecords from '@/pages/record/UnsavedRecords.vue'
import { keepText, textOf } from '@/pages/record/kept-text'
import type { RecordView } from '@/pages/record/types'

const view = { session: 's1', case: 'c1', room: 'room1', room_name: '询问室 1', room_name_en: 'Room 1', person_name: '张某', person_name_en: 'Zhang', form: 'questioning', version: 1, header: {}, lines: [] } as unknown as RecordView
let app: App
let root: HTMLElement

function shown(open?: string): string {
  root = document.createElement('div')
  app = createApp({ render: () => h(UnsavedRecords, { case: 'c1', room: 'room1', open }) })
  app.use(i18n).mount(root)
  return root.textContent
}

beforeAll(async () => {
  await ready
  await speakOf('/room/room1')
})
beforeEach(async () => {
  sessionStorage.clear()
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(new Response(JSON.stringify(path === '/api/me' ? { id: 'wu', account: 'wu', name: '吴某', role: 'interviewer' } : { kept: {} }), { status: 200 })))
  forgetAccount()
  await loadAccount()
  keepText('s1', textOf(view, view.header, view.lines, 7))
  keepText('s1', textOf(view, view.header, view.lines, 5), 5)
})
afterEach(() => {
  app.unmount()
  forgetAccount()
  vi.unstubAllGlobals()
})

describe('records left with unsaved text', () => {
  it('are named, each session once', () => {
    expect(shown()).toContain('张某的笔录有')
    expect(root.querySelectorAll('[data-testid=unsaved-record]')).toHaveLength(1)
  })

  it('are named while it is their own session that is open, and not before the next person', () => {
    expect(shown('s1')).toContain('张某的笔录有')
    app.unmount()
    expect(shown('s2')).toContain('一份较早的笔录有')
    expect(root.textContent).not.toContain('张某')
  })
})
