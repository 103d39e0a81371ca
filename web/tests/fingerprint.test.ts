// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import type { App } from 'vue'
import { ATTENDANT_WORDS } from '@/components/attendants/spoken'
import { i18n, speakArea, speakOf } from '@/i18n'
import FingerprintField from '@/pages/record/FingerprintField.vue'
import { BYTES_MAX, BadPicture, base64Of, fingerprintOf, fitted, goesAsItIs, smallEnough } from '@/pages/record/fingerprint'
import type { Print } from '@/pages/record/fingerprint'

const size = (width: number, height: number) => ({ width, height, close: () => undefined })
const file = (bytes: number, type: string): File => new File([new Uint8Array(bytes)], 'print', { type })

describe('a picture of a fingerprint', () => {
  it('goes as it is where the centre takes it', () => {
    expect(goesAsItIs(file(5, 'image/png'), size(300, 400))).toBe(true)
    expect(goesAsItIs(file(BYTES_MAX, 'image/jpeg'), size(100, 1200))).toBe(true)
    for (const [bytes, type, width, height] of [[0, 'image/png', 300, 400], [BYTES_MAX + 1, 'image/png', 300, 400], [5, 'image/webp', 300, 400], [5, 'image/png', 99, 400], [5, 'image/png', 300, 1201]] as const) {
      expect(goesAsItIs(file(bytes, type), size(width, height))).toBe(false)
    }
  })
  it('is made smaller and poorer until it fits, and never larger', async () => {
    expect(fitted(size(4000, 3000))).toEqual({ width: 800, height: 600 })
    expect(fitted(size(300, 400))).toEqual({ width: 300, height: 400 })
    const asked: number[] = []
    const made = await smallEnough(async (quality) => {
      asked.push(quality)
      return file(quality > 0.65 ? BYTES_MAX + 1 : 10, 'image/jpeg')
    })
    expect([made.size, asked]).toEqual([10, [0.9, 0.8, 0.7, 0.6]])
    await expect(smallEnough(async () => null)).rejects.toBeInstanceOf(BadPicture)
  })
  it('is written as the centre reads it', async () => {
    expect(await base64Of(new Blob([new Uint8Array([1, 2, 255])]))).toBe('AQL/')
  })
})

describe('the field beside the pad', () => {
  const picture = ref<Print | null>(null)
  const place = ref('')
  const reading = ref('')
  let app: App
  const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
  async function choose(chosen: File): Promise<void> {
    const input = at('print-input') as HTMLInputElement
    Object.defineProperty(input, 'files', { value: [chosen], configurable: true })
    input.dispatchEvent(new Event('change'))
    for (let i = 0; i < 4; i += 1) await new Promise((done) => setTimeout(done, 2))
    await nextTick()
  }
  beforeAll(async () => {
    await speakOf('/room/room1')
    await speakArea(ATTENDANT_WORDS)
  })
  beforeEach(() => {
    picture.value = null
    place.value = '1/foot'
    reading.value = ''
    app = createApp({ render: () => h(FingerprintField, {
      disabled: false, place: place.value, modelValue: picture.value, reading: reading.value,
      'onUpdate:modelValue': (now: Print | null) => void (picture.value = now), 'onUpdate:reading': (now: string) => void (reading.value = now),
    }) })
    app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
  })
  afterEach(() => {
    app.unmount()
    document.body.replaceChildren()
    vi.unstubAllGlobals()
  })
  it('shows what was taken, and lets it be taken away', async () => {
    vi.stubGlobal('createImageBitmap', async () => size(300, 400))
    await choose(file(3, 'image/png'))
    expect(picture.value).toEqual({ place: '1/foot', picture: { mime: 'image/png', data: 'AAAA' } })
    expect(at('print-picture')!.getAttribute('src')).toBe('data:image/png;base64,AAAA')
    at('print-drop')!.click()
    await nextTick()
    expect(picture.value).toBeNull()
  })
  it('says that a file cannot be used, and keeps what was taken before', async () => {
    picture.value = { place: '1/foot', picture: { mime: 'image/png', data: 'AAAA' } }
    await nextTick()
    vi.stubGlobal('createImageBitmap', async () => Promise.reject(new Error('no picture')))
    await choose(file(3, 'text/plain'))
    expect(document.querySelector('[role=alert]')!.textContent).toContain('这个文件不能用')
    expect(picture.value?.picture.data).toBe('AAAA')
    vi.stubGlobal('createImageBitmap', async () => size(60, 60))
    await expect(fingerprintOf(file(3, 'image/webp'))).rejects.toBeInstanceOf(BadPicture)
  })
  it('drops a picture that is read only when another place, or another page, is signed', async () => {
    for (const [then, taken] of [['1/foot', true], ['1/p', false], ['2/foot', false]] as const) {
      picture.value = null
      place.value = '1/foot'
      await nextTick()
      let decoded: (size: object) => void = () => undefined
      vi.stubGlobal('createImageBitmap', () => new Promise((done) => (decoded = done)))
      await choose(file(3, 'image/png'))
      expect(reading.value).toBe('1/foot') // the pad waits
      place.value = then
      await nextTick()
      decoded(size(300, 400))
      for (let i = 0; i < 4; i += 1) await new Promise((done) => setTimeout(done, 2))
      expect(picture.value !== null).toBe(taken)
      expect(reading.value).toBe('')
      expect(at('print-picture') !== null).toBe(taken)
    }
  })
  it('says nothing any more once it has gone', async () => {
    let decoded: (size: object) => void = () => undefined
    vi.stubGlobal('createImageBitmap', () => new Promise((done) => (decoded = done)))
    await choose(file(3, 'image/png'))
    app.unmount()
    expect(reading.value).toBe('')
    decoded(size(300, 400))
    for (let i = 0; i < 4; i += 1) await new Promise((done) => setTimeout(done, 2))
    expect(picture.value).toBeNull()
  })
})
