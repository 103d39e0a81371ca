import { describe, expect, it } from 'vitest'
import { doubtsOf, emptyLine, moved, same, textOf, trimmed, unfinished } from '@/pages/admin/notices'
import type { NoticeVersion } from '@/pages/admin/notices'

const line = (zh: string) => ({ ...emptyLine(), zh, en: zh })
const version: NoticeVersion = {
  name: 'interview/2', number: 2, shipped: true, title: '告知书', title_en: 'Notice', lines: [line('一'), line('二')], by_name: '', t_us: 0, uses: [],
  doubts: { missing: [], missing_en: [], articles: [] },
}

describe('a notice that is reworded', () => {
  it('begins as a copy', () => {
    const text = textOf(version)
    expect(same(text, textOf(version))).toBe(true)
    text.lines[0]!.law = '第一条'
    expect(version.lines[0]!.law).toBe('')
    expect(same(text, textOf(version))).toBe(false)
    expect(same({ ...text, lines: [] }, textOf(version))).toBe(false)
    expect(same({ ...textOf(version), title_en: 'x' }, textOf(version))).toBe(false)
  })

  it('is kept without spaces around and line breaks within', () => {
    const text = trimmed({ title: ' 告知书 ', title_en: 'A\nnotice', lines: [{ zh: '你有权\n申辩 ', en: 'You may\n defend', law: ' 第一条', law_en: 'art. 1 ' }] })
    expect(text).toEqual({ title: '告知书', title_en: 'A notice', lines: [{ zh: '你有权申辩', en: 'You may defend', law: '第一条', law_en: 'art. 1' }] })
  })

  it('says what is not finished, the first thing first', () => {
    const text = textOf(version)
    expect(unfinished(text)).toBeNull()
    expect(unfinished({ ...text, title_en: '' })).toEqual({ paragraph: 0, why: 'title' })
    expect(unfinished({ ...text, lines: [] })).toEqual({ paragraph: 0, why: 'none' })
    expect(unfinished({ ...text, lines: [line('一'), emptyLine()] })).toEqual({ paragraph: 2, why: 'words' })
    expect(unfinished({ ...text, lines: [{ ...line('一'), law_en: 'art. 1' }] })).toEqual({ paragraph: 1, why: 'article' })
  })

  it('has paragraphs that move, but not beyond the ends', () => {
    const names = (lines: { zh: string }[]): string => lines.map((one) => one.zh).join('')
    const lines = [line('一'), line('二'), line('三')]
    expect(names(moved(lines, 0, 1))).toBe('二一三')
    expect(names(moved(lines, 2, -1))).toBe('一三二')
    expect(names(moved(lines, 0, -1))).toBe('一二三')
    expect(names(moved(lines, 2, 1))).toBe('一二三')
  })

  it('names its doubts as a use keeps them', () => {
    expect(doubtsOf({ missing: ['suit'], missing_en: ['review'], articles: [3] })).toEqual(['suit', 'review.en', 'article.3'])
    // told in neither language: said once
    expect(doubtsOf({ missing: ['suit'], missing_en: ['suit', 'review'], articles: [] })).toEqual(['suit', 'review.en'])
  })
})
