import { describe, expect, it } from 'vitest'
import { piecesOf, shownPieces } from '@/base/pieces'

const word = (w: string, c_pm = 1000) => ({ w, c_pm, s_us: 0, e_us: 1 })

describe('pieces of a line', () => {
  it('marks words of low confidence', () => {
    const line = { text: '他说没有', words: [word('他'), word('说', 400), word('没有')] }
    expect(piecesOf(line)).toEqual([
      { text: '他', low: false },
      { text: '说', low: true },
      { text: '没有', low: false },
    ])
  })

  it('marks what was put in and keeps what was recognised', () => {
    const line = {
      text: '看见郑国栋签字',
      words: [word('看见', 300), word('证'), word('过'), word('动'), word('签字', 300)],
      repairs: [{ from: 2, to: 5, original: '证过动', rule: 'same_sound', distance: 0 }],
    }
    expect(piecesOf(line)).toEqual([
      { text: '看见', low: true },
      { text: '郑国栋', low: false, original: '证过动' },
      { text: '签字', low: true },
    ])
  })

  it('counts code points and passes over unknown words', () => {
    const line = {
      text: '𠮷证来了',
      words: [word('𠮷'), word('[unk]'), word('正'), word('来了', 200)],
      repairs: [{ from: 1, to: 2, original: '正', rule: 'same_sound', distance: 0 }],
    }
    expect(piecesOf(line).map((piece) => piece.text)).toEqual(['𠮷', '证', '来了'])
    expect(piecesOf(line)[2]).toEqual({ text: '来了', low: true })
  })

  it('leaves out spans that do not lie in the text', () => {
    const repairs = [{ from: 1, to: 9, original: 'x', rule: 'same_sound', distance: 0 }]
    expect(piecesOf({ text: '好', words: [], repairs })).toEqual([{ text: '好', low: false }])
  })

  it('shows markup as text', () => {
    const text = '<img src=x onerror=alert(1)>'
    expect(piecesOf({ text, words: [word(text)] })).toEqual([{ text, low: false }])
  })

  it('puts marks and figures in for display, over the border of words too', () => {
    const line = { text: '没有氧含量百分之二十一', words: [word('没有', 300), word('氧含量'), word('百分之', 300), word('二十一')] }
    const shown = shownPieces(piecesOf(line), [
      { from: 2, to: 2, text: '，' },
      { from: 5, to: 11, text: '21%' },
      { from: 11, to: 11, text: '。' },
    ])
    expect(shown.map((piece) => piece.text).join('')).toBe('没有，氧含量21%。')
    expect(shown[0]).toEqual({ text: '没有，', low: true })
    expect(shownPieces(piecesOf(line), [])).toEqual(piecesOf(line))
  })
})
