import { describe, expect, it } from 'vitest'
import zh from '@/i18n/zh-CN-stated'
import { measuredWords, misread, named, rangeWords, refusal, valueWords } from '@/pages/stated/stated'
import type { Fact, Speaking } from '@/pages/stated/stated'

function word(key: string): string | undefined {
  const found = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], zh)
  return typeof found === 'string' ? found : undefined
}
const t = (key: string, said: Record<string, unknown> = {}): string => (word(key) ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(said[name]))
const say: Speaking = { t, te: (key) => word(key) !== undefined, locale: 'zh-CN', list: (names) => names.join('、'), person: (name) => `〔${name}〕` }

describe('a value in words', () => {
  it.each([
    ['when', '2026-05-12T15:20', '', '2026-05-12 15:20'],
    ['when', '2026-05-12', '', '2026-05-12'],
    ['when', ['2026-05-12T08:30', '2026-05-12T11:30'], '', '2026-05-12 08:30至11:30'],
    ['how_many', 3, '人', '3人'],
    ['how_many', [2, 3], '人', '2–3人'],
    ['how_many', [20, null], '分钟', '20分钟及以上'],
    ['how_many', 20.9, '%', '20.9%'],
    ['whether', true, '', 'compare.yes'],
    ['who_did', ['张某', '李某'], '', '〔张某〕、〔李某〕'],
    ['where', ['罐区'], '', '罐区'],
  ] as const)('%s %j', (slot, value, unit, words) => {
    expect(valueWords(slot, value as never, unit, say)).toBe(words)
  })
})

describe('what cannot be taken', () => {
  it('says why a value was not understood, by what it should be', () => {
    expect(misread({ why: 'nothing' }, 'when', say)).toContain('2026-05-12 15:20')
    expect(misread({ why: 'nobody_known', said: '赵六' }, 'who_did', say)).toContain('“赵六”')
    expect(misread({ why: 'denied' }, 'who_did', say)).toContain('不是')
    expect(misread({ why: 'something new' }, 'who_did', say)).toBe(t('error.bad_fact'))
  })

  it('says the line of a file and what was expected', () => {
    expect(refusal({ why: 'unit', line: 7, said: 'mg/m3', expected: 'ppm' }, say)).toBe('第 7 行：单位“mg/m3”不对，应为 ppm')
    expect(refusal({ why: 'columns', line: 1, missing: ['unit'] }, say)).toContain('“单位”')
    expect(refusal({ why: 'something new', line: 2 }, say)).toBe('')
  })
})

it('a range has its day once', () => {
  const at = (hour: number, day = 12): number => new Date(2026, 4, day, hour, 1, 0).getTime() * 1000
  expect(rangeWords({ from_us: at(9), to_us: at(11), zone: '' }, 'zh-CN')).toBe('2026-05-12 09:01:00–11:01:00')
  expect(rangeWords({ from_us: at(9), to_us: at(1, 13), zone: '' }, 'zh-CN')).toContain('2026-05-13')
  const utc = Date.UTC(2026, 4, 12, 20, 1) * 1000
  expect(rangeWords({ from_us: utc, to_us: utc, zone: '+08:00' }, 'zh-CN')).toBe('2026-05-13 04:01:00–04:01:00')
  expect(rangeWords({ from_us: utc, to_us: utc, zone: '-05:30' }, 'zh-CN')).toBe('2026-05-12 14:31:00–14:31:00')
  expect(measuredWords({ quantity: 'O2_vol', unit: '%VOL', low: 17_200, high: 20_900 })).toBe('17.2–20.9\u00a0%VOL')
})

it('documents are offered once', () => {
  const fact = (kind: Fact['kind'], document: string): Fact => ({ kind, document, name: document }) as Fact
  expect(named([fact('named', 'a'), fact('named', 'a'), fact('file', 'E4'), fact('exhibit', 'x')])).toEqual([{ kind: 'named', id: 'a', name: 'a' }])
})
