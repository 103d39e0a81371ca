// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import type { App } from 'vue'
import { i18n } from '@/i18n'
import { BAR, EDGE, GAP, MORE, insetPlace, insetsAsked } from '@/pages/wall/inset-place'
import InsetStack from '@/pages/wall/InsetStack.vue'

vi.mock('@/pages/wall/InsetPicture.vue', async () => {
  const { h: made } = await import('vue')
  return { default: { props: ['cost'], render(this: { cost: string }) { return made('i', { 'data-cost': this.cost }) } } }
})

const SIZES = Array.from({ length: 60 }, (_, i) => 200 + i * 25).flatMap((width) => [9 / 16, 0.4, 0.3].map((of) => [width, Math.round(width * of)] as const))
const high = (shown: number, width: number): number => shown * ((width * 9) / 16 + BAR) + Math.max(0, shown - 1) * GAP

describe('further pictures in the corner of a room’s own', () => {
  it('never take more than a seventh of it, nor its middle', () => {
    for (const [width, height] of SIZES) {
      for (const count of [1, 2]) {
        const place = insetPlace(width, height, count)
        const area = place.width * high(place.shown, place.width)
        expect(area / (width * height), `${count} in ${width} x ${height}`).toBeLessThan(1 / 6.5)
        expect(place.width + EDGE, `${count} in ${width} x ${height}`).toBeLessThan(width * 0.32)
      }
    }
  })

  it('are both there on a wide tile, one on a middling one, none but a press on a narrow one', () => {
    expect(insetPlace(1280, 720, 2)).toEqual({ shown: 2, width: 300 })
    expect(insetPlace(640, 360, 2).shown).toBe(2)
    expect(insetPlace(430, 242, 2).shown).toBe(1)
    expect(insetPlace(390, 219, 2)).toEqual({ shown: 0, width: 0 })
    expect(insetPlace(1000, 120, 1).shown).toBe(0) // low is as narrow
    expect(insetPlace(0, 0, 2)).toEqual({ shown: 0, width: 0 })
  })

  it('shrink and give way with the tile, never the other way round', () => {
    let before = insetPlace(2000, 1125, 2)
    for (let width = 2000; width > 100; width -= 20) {
      const now = insetPlace(width, (width * 9) / 16, 2)
      expect(now.shown).toBeLessThanOrEqual(before.shown)
      if (now.shown === before.shown) expect(now.width).toBeLessThanOrEqual(before.width)
      before = now
    }
  })

  it('all fit when somebody asks for them', () => {
    for (const [width, height] of SIZES.filter(([, one]) => one >= 180)) {
      const place = insetsAsked(width, height, 2)
      expect(place.shown).toBe(2)
      expect(place.width).toBeGreaterThanOrEqual(Math.min(96, Math.floor(width * 0.4)))
      expect(2 * place.width + GAP + 2 * EDGE).toBeLessThanOrEqual(width)
      expect(high(1, place.width) + GAP + MORE + 2 * EDGE).toBeLessThanOrEqual(height + 1)
    }
  })

  it('show something, or none at all, in a picture of any height', () => {
    for (let height = 40; height <= 240; height++) {
      for (const width of [120, 160, 320, 1000]) {
        for (const count of [1, 2]) {
          const place = insetsAsked(width, height, count)
          const about = `${count} in ${width} x ${height}`
          if (height <= 82) expect(place, about).toEqual({ shown: 0, width: 0 })
          expect([0, count], about).toContain(place.shown)
          if (place.shown) expect(place.width, about).toBeGreaterThanOrEqual(64)
          else expect(place.width, about).toBe(0)
        }
      }
    }
    expect(insetsAsked(320, 180, 2).shown).toBe(2)
    expect(insetsAsked(1000, 119, 1)).toEqual({ shown: 1, width: 65 })
  })
})

describe('the press for those without a place', () => {
  const INSETS = ['a', 'b'].map((id, n) => ({ id: `device:${id}`, number: n, source: { id } }))
  let app: App | null = null
  let root: HTMLElement
  const out: string[] = []
  async function stack(width: number, height: number, mayArrange: boolean): Promise<HTMLButtonElement | null> {
    vi.stubGlobal('ResizeObserver', class {
      constructor(private readonly told: (entries: object[]) => void) {}
      observe = (): void => this.told([{ contentRect: { width, height } }])
      disconnect = (): void => undefined
    })
    const props = { desk: {}, room: { id: 'r' }, insets: INSETS, heard: null, playing: true, costOf: () => 'low', mayArrange, onOut: (id: string) => out.push(id) }
    root = document.createElement('div')
    app = createApp({ render: () => h(InsetStack, props as never) })
    app.use(i18n).mount(root)
    await nextTick()
    return root.querySelector('[data-testid="insets-more-r"]')
  }
  const asking = (): number => root.querySelectorAll('[data-cost="low"]').length

  afterEach(() => {
    app?.unmount()
    out.length = 0
    vi.unstubAllGlobals()
  })

  it('shows them where they can be seen, and puts them away', async () => {
    const press = await stack(390, 219, true)
    expect(asking()).toBe(0)
    press!.click()
    await nextTick()
    expect([asking(), press!.getAttribute('aria-expanded'), out]).toEqual([2, 'true', []])
    press!.click()
    await nextTick()
    expect(asking()).toBe(0)
  })

  it.each([40, 60, 82])('makes tiles of them in a picture of %i, and asks for nothing behind nothing', async (height) => {
    const press = await stack(320, height, true)
    press!.click()
    await nextTick()
    expect([asking(), press!.getAttribute('aria-expanded'), out]).toEqual([0, 'false', ['device:a', 'device:b']])
  })

  it('is not there for who may not arrange tiles', async () => {
    expect(await stack(320, 60, false)).toBeNull()
    app!.unmount()
    expect(await stack(390, 219, false)).not.toBeNull()
  })
})
