import { describe, expect, it } from 'vitest'
import { badgeTone } from '@/desk/comparison'
import type { CellTone } from '@/desk/comparison'
import en from '@/i18n/en-compare'
import zh from '@/i18n/zh-CN-compare'

describe('the badge of a cell', () => {
  it.each<CellTone | ''>(['red', 'amber', 'grey', 'suggested', 'agree', 'said', 'unclear', 'alone', ''])('has a word when the cell is "%s"', (tone) => {
    for (const words of [zh, en]) expect(words.tone[badgeTone(tone)]).not.toBe('')
  })

  it('keeps what calls for somebody', () => {
    expect(['red', 'amber', 'suggested', 'alone', 'said', 'agree'].map((one) => badgeTone(one as CellTone))).toEqual(['red', 'amber', 'suggested', 'alone', 'grey', 'grey'])
  })
})
