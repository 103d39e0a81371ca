// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { locale } from '@/base/preferences'
import { i18n, ready, speakOf } from '@/i18n'

async function chosen(next: 'zh-CN' | 'en'): Promise<void> {
  locale.value = next
  await expect.poll(() => i18n.global.locale.value).toBe(next)
  await nextTick()
}

describe('a language that is chosen', () => {
  it('has everybody\'s words and those of the areas that are there, also of one thing', async () => {
    await ready
    await speakOf('/room/room1')
    for (const next of ['en', 'zh-CN'] as const) {
      await chosen(next)
      for (const key of ['tablet.marker.take', 'tablet.state.ok', 'tablet.time.hours', 'common.cancel', 'record.title']) {
        expect(i18n.global.te(key), `${next} ${key}`).toBe(true)
      }
    }
  })

  it('has the words of an area that comes later', async () => {
    await speakOf('/admin/templates')
    await chosen('en')
    expect(i18n.global.te('running.state')).toBe(true)
    expect(i18n.global.te('tablet.marker.take')).toBe(true)
  })
})
