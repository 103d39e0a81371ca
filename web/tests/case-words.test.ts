import { describe, expect, it } from 'vitest'
import { filled, fits, whole } from '@/pages/words/words'
import type { Lexicon } from '@/pages/words/words'

describe('the words of a case', () => {
  it('are whole although the centre leaves out lists that are empty', () => {
    const told = { people: [{ id: '张某' }, { id: '李某', aliases: ['老李'] }], places: [], documents: [] } as unknown as Lexicon
    const lexicon = whole(told)
    expect(lexicon.people).toEqual([
      { id: '张某', aliases: [], en: [] },
      { id: '李某', aliases: ['老李'], en: [] },
    ])
    expect(lexicon.equipment).toEqual([])
    expect(fits(lexicon, [])).toBe(true)
    expect(filled(lexicon).people).toHaveLength(2)
  })
})
