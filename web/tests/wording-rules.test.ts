import { describe, expect, it } from 'vitest'
import { standingOf, textOf, unfinished } from '@/pages/admin/wording-rules'
import type { KeptRule } from '@/pages/admin/wording-rules'

const rule: KeptRule = { id: 'L.tag', category: 'L', shipped: true, words: '对吧', neutral: '请说明', neutral_en: '', off_us: null, by_name: '', t_us: 0 }
const text = { category: 'P', words: '磨叽', neutral: '请继续说明。', neutral_en: '' }

describe('words that are pointed out', () => {
  it('say whose they are, and which are off', () => {
    expect(standingOf(rule)).toBe('shipped')
    expect(standingOf({ ...rule, shipped: false })).toBe('own')
    expect(standingOf({ ...rule, off_us: 5 })).toBe('off')
  })

  it('are sent on one line, as the centre takes them', () => {
    const form = { category: 'P', words: ' 磨\t叽', neutral: '请继续\n说明。', neutral_en: 'Please\n go on.' }
    expect(textOf(form)).toEqual({ category: 'P', words: '磨叽', neutral: '请继续说明。', neutral_en: 'Please go on.' })
    expect(textOf({ ...form, words: 'hurry\tup' }).words).toBe('hurry up')
  })

  it('say what is not finished', () => {
    expect(unfinished(text)).toBeNull()
    for (const words of ['', ' 磨 ', '？！', '  ']) expect(unfinished({ ...text, words })).toBe('words')
    expect(unfinished({ ...text, neutral: ' ' })).toBe('neutral')
    expect(unfinished({ ...text, neutral: '不要磨叽' })).toBe('same')
    expect(unfinished({ ...text, words: 'Hurry', neutral_en: 'do not hurry' })).toBe('same')
  })
})
