import { describe, expect, it } from 'vitest'
import { filledIn, holesIn, isOpen, matching } from '@/pages/wall/questions'

const one = (id: string, text_zh: string, topic = '', text_en = '') => ({ id, text_zh, text_en, topic, version: 1 })

describe('kept questions', () => {
  it('fill in what the case knows and leave the rest to be filled in', () => {
    const known = { person: '张某', enterprise: '', date: '5 月 12 日' }
    expect(filledIn('{person}，{date}是谁安排你去的？', known)).toBe('张某，5 月 12 日是谁安排你去的？')
    expect(filledIn('\uff5b姓名\uff5d在{enterprise}做什么', known)).toBe('张某在{enterprise}做什么')
    expect(holesIn('{企业}的{ 岗位 }')).toEqual([{ means: 'enterprise', from: 0, to: 4 }, { means: '岗位', from: 5, to: 11 }])
    expect([isOpen('谁\uff5b安排\uff5d的'), isOpen('谁安排的'), isOpen('{}')]).toEqual([true, false, false])
    expect(filledIn('{constructor}', {})).toBe('{constructor}')
  })
  it('are found by every word, in both languages and by topic', () => {
    const all = [one('a', '作业票是谁签的', '票证', 'who signed the permit'), one('b', '几点开始的', '时间')]
    expect(matching(all, '票证 谁').map((found) => found.id)).toEqual(['a'])
    expect(matching(all, 'PERMIT').map((found) => found.id)).toEqual(['a'])
    expect(matching(all, ' ')).toHaveLength(2)
    expect(matching(all, '没有')).toEqual([])
  })
})
