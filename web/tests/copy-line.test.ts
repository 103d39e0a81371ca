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
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

function show(file: File | null, sure: () => boolean) {
  const part: Part = { ...newPart('room1-camera', 's1', 1, 'video/webm', false), state: 'refused', code: 'unknown_session' }
  const discard = vi.fn()
  const standing = ref({ tone: 'act', icon: 'warn', word: 'refused' })
  const copy = { standing, receipt: ref(null), left: ref(null), here: ref(0), owed: ref({ parts: 0, bytes: 0, sent: 0, refused: 1 }), parts: shallowRef([part]), read: async () => file, discard }
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: () => undefined }))
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
  vi.stubGlobal('confirm', sure)
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(CopyLine, { copy: copy as never }) })
  app.use(i18n).mount(root)
  return { part, discard }
}

it('lets a refused part go once it was saved, after a question', async () => {
  const sure = vi.fn(() => false)
  const { part, discard } = show(new File(['x'], 'part'), sure)
  expect(button('remove').disabled).toBe(true)
  button('save').click()
  await vi.waitFor(() => expect(button('remove').disabled).toBe(false))
  expect(document.querySelector('[role="alert"]')).toBeNull()
  button('remove').click()
  expect([sure.mock.calls, discard.mock.calls.length]).toEqual([[['移除后本机不再有这一段，文件已另存好了吗？']], 0])
  sure.mockReturnValue(true)
  button('remove').click()
  await nextTick()
  expect(discard).toHaveBeenCalledWith(part)
})

it('says that a part cannot be read, and asks another question before it goes', async () => {
  const sure = vi.fn(() => true)
  const { part, discard } = show(null, sure)
  button('save').click()
  await vi.waitFor(() => expect(document.querySelector('[role="alert"]')!.textContent).toContain('读不出来，没有存成文件'))
  button('remove').click()
  expect(sure.mock.calls).toEqual([['没有存成文件，移除后本机不再有这一段，仍要移除吗？']])
  expect(discard).toHaveBeenCalledWith(part)
})
