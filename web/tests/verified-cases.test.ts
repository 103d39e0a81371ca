import { describe, expect, it } from 'vitest'
import zh from '@/i18n/zh-CN-check'
import audit from '@/i18n/zh-CN-audit'
import { toneOf, verdictOf, wrongWords } from '@/pages/audit/verified'
import type { VerifiedCase } from '@/pages/audit/verified'

const row = (last: Partial<NonNullable<VerifiedCase['last']>> | null): VerifiedCase => ({
  id: 'c', number: '1', name: '案', name_en: '', state: 'open', sessions: 1, since: 0, whole: true, singly: 0, running: '', progress: 0,
  last: last && { job: 'j', session: '', state: 'done', verdict: 'complete', error: '', by_name: '沈', created_us: 1, finished_us: 2, wrong: [], findings: 0, ...last },
})
const saying = {
  t: (key: string, named?: Record<string, unknown>) => `${key} ${Object.values(named ?? {}).join(' ')}`.trim(),
  list: (parts: string[]) => parts.join('、'),
  problem: (code: string) => `problem ${code}`,
}

describe('the last verdict of a case', () => {
  it('is one of the choices of the filter', () => {
    expect(verdictOf(row(null))).toBe('none')
    expect(verdictOf(row({ state: 'failed', verdict: '' }))).toBe('failed')
    expect(verdictOf(row({ verdict: 'altered' }))).toBe('altered')
    expect(verdictOf(row({ verdict: '' }))).toBe('unreadable')
  })

  it('of single sessions is no verdict of the case while others were not looked at', () => {
    const single = (verdict: string, sessions: number) => verdictOf({ ...row({ verdict, session: 's' }), whole: false, singly: 1, sessions })
    expect([single('complete', 2), single('complete', 1), single('altered', 2)]).toEqual(['part', 'complete', 'altered'])
    expect(toneOf('part')).toBe('dim')
  })

  it('has a tone: green only where nothing is wrong', () => {
    const tones = ['complete', 'complete_with_gaps', 'not_yet_witnessed', 'none', 'altered', 'missing', 'unreadable', 'failed'].map(toneOf)
    expect(tones).toEqual(['is-ok', 'is-ok', 'is-differ', 'dim', 'is-act', 'is-act', 'is-act', 'is-act'])
  })

  it('says what was wrong, by kind and number, and how much more there is', () => {
    expect(wrongWords(row(null), saying)).toBe('')
    expect(wrongWords(row({}), saying)).toBe('')
    expect(wrongWords(row({ state: 'failed', error: 'store_unreadable' }), saying)).toBe('problem store_unreadable')
    const wrong = [{ code: 'altered', n: 3 }, { code: 'ticks', n: 1 }]
    expect(wrongWords(row({ wrong, findings: 4 }), saying)).toBe('check.last.finding check.last.code.altered 3、check.last.finding check.last.code.ticks 1')
    expect(wrongWords(row({ wrong, findings: 6 }), saying)).toContain('check.last.rest 2')
  })

  it('has words for every kind of finding a report can have', () => {
    expect(Object.keys(zh.last.code).sort()).toEqual(Object.keys(audit.finding).sort())
  })
})
