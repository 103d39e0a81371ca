// @vitest-environment jsdom
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, shallowRef } from 'vue'
import type { App } from 'vue'
import { i18n, speakOf } from '@/i18n'
import { newPart } from '@/media/parts'
import type { Part } from '@/media/parts'
import CopyLine from '@/pages/room/CopyLine.vue'

let app: App
const button = (name: string): HTMLButtonElement => document.querySelector(`[data-testid="copy-${name}"]`)!

beforeAll(() => speakOf('/room/room1'))
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

it('lets a refused part go once it was saved, after a question', async () => {
  const part: Part = { ...newPart('room1-camera', 's1', 1, 'video/webm', false), state: 'refused', code: 'unknown_session' }
  const discard = vi.fn()
  const read = vi.fn(async () => new File(['x'], part.name))
  const standing = ref({ tone: 'act', icon: 'warn', word: 'refused' })
  const copy = { standing, receipt: ref(null), left: ref(null), here: ref(0), owed: ref({ parts: 0, bytes: 0, sent: 0, refused: 1 }), parts: shallowRef([part]), read, discard }
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: () => undefined }))
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
  const sure = vi.fn(() => false)
  vi.stubGlobal('confirm', sure)
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(CopyLine, { copy: copy as never }) })
  app.use(i18n).mount(root)
  expect(button('remove').disabled).toBe(true)
  button('save').click()
  await vi.waitFor(() => expect(button('remove').disabled).toBe(false))
  button('remove').click()
  expect([sure.mock.calls.length, discard.mock.calls.length]).toEqual([1, 0])
  sure.mockReturnValue(true)
  button('remove').click()
  await nextTick()
  expect(discard).toHaveBeenCalledWith(part)
})
