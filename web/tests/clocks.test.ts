import { describe, expect, it } from 'vitest'
import { clockWords } from '@/base/clocks'

const t = (key: string, named: Record<string, unknown> = {}): string =>
  [key.replace('clocks.', ''), ...Object.values(named)].join(' ')

describe('clocks in words', () => {
  it('says what is known and nothing else', () => {
    expect(clockWords({ reports: 0, offset_us: 5, drift_ppb: 0, skew_us: 0 }, t)).toEqual(['skew ms 0'])
    expect(clockWords({ reports: 3, offset_us: 35_200, drift_ppb: 100_000, skew_us: -4_000 }, t)).toEqual([
      'offset ms +35',
      'slow 360',
      'skew ms −4',
    ])
    expect(clockWords({ reports: 3, offset_us: -12_345_000, drift_ppb: -20_000, skew_us: 0 }, t)).toEqual([
      'offset seconds −12.3',
      'fast 72',
      'skew ms 0',
    ])
  })
})
