// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import { themeChoice } from '@/base/preferences'
import { i18n, ready, speakOf } from '@/i18n'
import SignaturePad from '@/pages/record/SignaturePad.vue'

const INK = { light: 'rgb(31, 63, 125)', dark: 'rgb(157, 189, 247)' }
/** What stands on the pad: the colour of every stroke since it was wiped the last time. */
let drawn: string[]
let confirmed: unknown[][]
let app: App

const pad = (): HTMLCanvasElement => document.querySelector('canvas')!
function touch(kind: string, x: number, at: number): void {
  const event = Object.assign(new Event(kind, { cancelable: true }), { clientX: x, clientY: 20, pressure: 0.5, pointerId: 1, pointerType: 'pen', button: 0 })
  Object.defineProperty(event, 'timeStamp', { value: at })
  pad().dispatchEvent(event)
}

beforeAll(async () => {
  await ready
  await speakOf('/cases')
})
beforeEach(() => {
  drawn = []
  confirmed = []
  vi.stubGlobal('ResizeObserver', class { observe(): void {} disconnect(): void {} })
  vi.stubGlobal('getComputedStyle', () => ({ color: INK[document.documentElement.dataset.theme as 'light' | 'dark'] }))
  const pen = { strokeStyle: '', clearRect: () => (drawn = []), beginPath() {}, moveTo() {}, lineTo() {}, arc() {}, fill: () => drawn.push(pen.strokeStyle), stroke: () => drawn.push(pen.strokeStyle) }
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(pen as never)
  HTMLCanvasElement.prototype.setPointerCapture = () => undefined
  themeChoice.value = 'light'
  app = createApp({ render: () => h(SignaturePad, { disabled: false, busy: false, hint: '', onConfirm: (...what: unknown[]) => confirmed.push(what) }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  pad().getBoundingClientRect = () => new DOMRect(0, 0, 400, 100)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it('draws a signature again in the ink of another theme, and hands out strokes of no colour', async () => {
  touch('pointerdown', 10, 100)
  touch('pointermove', 200, 150)
  touch('pointerup', 200, 160)
  await nextTick()
  expect(drawn).toEqual([INK.light])
  themeChoice.value = 'dark'
  await nextTick()
  expect(drawn).toEqual([INK.dark])
  document.querySelector<HTMLButtonElement>('[data-testid=pad-confirm]')!.click()
  expect(confirmed).toEqual([[[[250, 500, 0, 500, 5000, 500, 50, 500]], 'pen']])
})

it('stays as it was where the theme stays', async () => {
  touch('pointerdown', 10, 100)
  await nextTick()
  themeChoice.value = 'auto' // the page is light
  await nextTick()
  expect(drawn).toEqual([INK.light])
})
