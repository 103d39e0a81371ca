// @vitest-environment jsdom
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, shallowRef } from 'vue'
import type { App } from 'vue'
import { i18n, ready, speakOf } from '@/i18n'
import type { Outgoing } from '@/pages/room/notice-signing'
import RefusedSignatures from '@/pages/room/RefusedSignatures.vue'
import type { NoticeSigningDesk } from '@/pages/room/useNoticeSigning'

const refused = { code: 'notice_signed', status: 409, at_us: 9 }
const one = (session: string): Outgoing => ({ session, notice: 'interview/2', signing: { ink: { strokes: [[1, 2, 3, 500]], pointer: 'pen', from_us: 1, to_us: 2, person: 'zhang' } }, by: 'wu', refused })
const keptRefused = shallowRef<Outgoing[]>([])
let app: App
let saved: string[]

const at = (id: string): HTMLElement | null => document.querySelector(`[data-testid=notice-refused${id}]`)
async function press(id: string): Promise<void> {
  at(id)!.click()
  await nextTick()
}

beforeAll(async () => {
  await ready
  await speakOf('/room/room1')
})
beforeEach(() => {
  saved = []
  keptRefused.value = [one('s1'), one('s2'), one('s3')]
  vi.stubGlobal('URL', { createObjectURL: (file: Blob) => (saved.push(file.type), 'blob:'), revokeObjectURL: () => undefined })
  HTMLAnchorElement.prototype.click = () => undefined
  const signing = { keptRefused, dismiss: (gone: Outgoing) => (keptRefused.value = keptRefused.value.filter((each) => each !== gone)) } as unknown as NoticeSigningDesk
  app = createApp({ render: () => h(RefusedSignatures, { signing, whose: (session: string) => `签名人${session}`, named: () => '张某' }) })
  app.use(i18n).mount(document.body.appendChild(document.createElement('div')))
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

it('says one signature that was refused after the other, and deletes what is pressed for twice', async () => {
  expect(at('')!.textContent).toContain('签名人s1的签收没有记入：这份告知书已经签收')
  expect(at('')!.textContent).toContain('另有 2 份')
  await press('-save')
  expect(saved).toEqual(['image/svg+xml'])
  await press('-dismiss')
  expect(keptRefused.value).toHaveLength(3)
  await press('-sure')
  expect(at('')!.textContent).toContain('签名人s2')
  expect(at('-sure')).toBeNull() // the next one is asked for anew
  for (let n = 0; n < 2; n += 1) {
    await press('-dismiss')
    await press('-sure')
  }
  expect([at(''), keptRefused.value]).toEqual([null, []])
})
