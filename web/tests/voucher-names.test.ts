// @vitest-environment jsdom
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp, h } from 'vue'
import { locale } from '@/base/preferences'
import { i18n, ready, speakOf } from '@/i18n'
import { useVoucherWords } from '@/pages/audit/useVoucherWords'
import { useRunningWords } from '@/pages/running/useRunningWords'

const TWO = '公证处（Notary）'
let audit: ReturnType<typeof useVoucherWords>
let running: ReturnType<typeof useRunningWords>
const app = createApp({
  setup() {
    audit = useVoucherWords()
    running = useRunningWords()
    return () => h('i')
  },
})

beforeAll(async () => {
  await ready
  await Promise.all([speakOf('/admin'), speakOf('/audit')])
  app.use(i18n).mount(document.createElement('div'))
})
afterAll(() => app.unmount())

it.each([['zh-CN', '公证处', '指挥中心'], ['en', 'Notary', 'Command centre']] as const)('a witness is named in %s alone', async (language, name, centre) => {
  locale.value = language
  while (i18n.global.locale.value !== language) await new Promise((done) => setTimeout(done, 5))
  expect(audit.nameOfVoucher(TWO)).toBe(name)
  expect(running.nameOfVoucher(TWO)).toBe(name)
  const part = running.partName({ name: 'witness', label: TWO, state: 'ok', code: '', value: 0 } as never)
  expect(part).toContain(name)
  expect(part).not.toContain('（')
  // one name, or brackets of another kind, is left as it is; a process is called what it is
  for (const one of ['notary', '某公证处', '公证处(Notary)']) expect(audit.nameOfVoucher(one)).toBe(one)
  expect(audit.nameOfVoucher('centre')).toBe(centre)
})
