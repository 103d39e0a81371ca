// @vitest-environment jsdom
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'
import type { App } from 'vue'
import { locale } from '@/base/preferences'
import { i18n, ready } from '@/i18n'
import MapDrawing from '@/pages/exhibits/MapDrawing.vue'

const device = (name: string, name_en: string, lat_e7: number, lon_e7: number) => ({ name, name_en, lat_e7, lon_e7, accuracy_mm: 8_000, t_us: 1_773_800_000_000_000 })
const SHEET = {
  made_us: 1_773_800_000_000_000,
  devices: [device('执法记录仪 02', 'Body camera 02', 345_000_000, 1_089_000_000), device('无人机 01', 'Drone 01', 345_000_010, 1_089_000_020), device('手机 01', '', 345_001_000, 1_089_003_000)],
}

let app: App
let root: HTMLElement
async function drawn(): Promise<{ names: string[]; at: { x: number; y: number }[]; leads: number }> {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json(SHEET)))
  root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(MapDrawing, { src: '/api/exhibits/x/file' }) })
  app.use(i18n).mount(root)
  await vi.waitFor(() => expect(root.querySelectorAll('.name')).toHaveLength(3))
  const names = [...root.querySelectorAll('.name')]
  return { names: names.map((one) => one.textContent!), at: names.map((one) => ({ x: Number(one.getAttribute('x')), y: Number(one.getAttribute('y')) })), leads: root.querySelectorAll('.lead').length }
}

beforeAll(() => ready)
afterEach(() => {
  app.unmount()
  root.remove()
  vi.unstubAllGlobals()
})

describe('a map as an exhibit', () => {
  it('tells two devices apart that stand beside each other', async () => {
    const { names, at, leads } = await drawn()
    expect(names).toEqual(['执法记录仪 02', '无人机 01', '手机 01'])
    const [one, two] = at as [{ x: number; y: number }, { x: number; y: number }]
    // a name and its place are 64 high and some 370 wide
    expect(Math.abs(one.y - two.y) >= 64 || Math.abs(one.x - two.x) >= 370).toBe(true)
    expect(leads).toBe(1) // one stands beside its dot, the other a little way off
  })
  it('names them in the language of the page, as far as they have such a name', async () => {
    locale.value = 'en'
    await vi.waitFor(() => expect(i18n.global.locale.value).toBe('en'))
    expect((await drawn()).names).toEqual(['Body camera 02', 'Drone 01', '手机 01'])
    locale.value = 'zh-CN'
    await vi.waitFor(() => expect(i18n.global.locale.value).toBe('zh-CN'))
  })
})
