// @vitest-environment jsdom
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, shallowRef } from 'vue'
import type { App } from 'vue'
import { i18n, ready, speakOf } from '@/i18n'
import { newPart } from '@/media/parts'
import type { Part } from '@/media/parts'
import HandOverLine from '@/pages/device/HandOverLine.vue'

let app: App
const button = (name: string): HTMLButtonElement => document.querySelector(`[data-testid="device-${name}"]`)!

beforeAll(async () => {
  await ready
  await speakOf('/device')
})
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

it('lets a part go from the phone that the centre does not take, once it was saved', async () => {
  const part: Part = { ...newPart('phone', 's1', 1, 'video/webm', false), state: 'refused', code: 'unknown_session' }
  const discard = vi.fn()
  const handOver = { owed: ref({ parts: 0, bytes: 0, sent: 0, refused: 1 }), kept: ref([]), left: ref(null), parts: shallowRef([part]), read: async () => new File(['x'], part.name), discard }
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: () => undefined }))
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
  vi.stubGlobal('confirm', () => true)
  app = createApp({ render: () => h(HandOverLine, { device: { handOver, reachable: ref(true), stand: ref('idle') } as never }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  expect(button('remove').disabled).toBe(true)
  button('save').click()
  await vi.waitFor(() => expect(button('remove').disabled).toBe(false))
  button('remove').click()
  await nextTick()
  expect(discard).toHaveBeenCalledWith(part)
})
