import { describe, expect, it } from 'vitest'
import { fieldText, momentOf, sourceKey, withholdRule } from '@/pages/audit/disclosure'

const chosen = { sources: [sourceKey('s1', 'cam'), sourceKey('s2', 'cam')], from_us: null, to_us: null, words: false, documents: false }

describe('what a disclosure copy withholds', () => {
  it('names every chosen source, its words and its documents', () => {
    expect(withholdRule(chosen)).toEqual({ media: [{ session: 's1', source: 'cam' }, { session: 's2', source: 'cam' }] })
    expect(withholdRule({ ...chosen, sources: ['s1 cam'], from_us: 1, to_us: 2, words: true, documents: true })).toEqual({
      media: [{ session: 's1', source: 'cam', start_us: 1, end_us: 2 }],
      payloads: [{ session: 's1', source: 'cam', start_us: 1, end_us: 2, kind: 'utterance' }],
      documents: [{ session: 's1' }],
    })
  })

  it('is nothing without a source or with the times the wrong way round', () => {
    expect(withholdRule({ ...chosen, sources: [] })).toBeNull()
    expect(withholdRule({ ...chosen, from_us: 2, to_us: 2 })).toBeNull()
  })

  it('reads and writes the fields for moments', () => {
    const us = 1_795_300_005_000_000
    expect(momentOf(fieldText(us + 999_999))).toBe(us)
    expect(momentOf('')).toBeNull()
    expect(momentOf('nonsense')).toBeNull()
    expect(fieldText(new Date(2026, 2, 8, 9, 5, 7).getTime() * 1000)).toBe('2026-03-08 09:05:07')
    expect(momentOf(' 2026-3-8 9:05 ')).toBe(new Date(2026, 2, 8, 9, 5).getTime() * 1000)
  })

  it.each(['2026-02-30 10:00:00', '2026-13-01 10:00', '2026-03-08 24:00:00', '2026-03-08 10:60', '2026-03-08', '08/03/2026 10:00'])('does not guess what %s may mean', (text) => {
    expect(momentOf(text)).toBeNull()
  })
})
