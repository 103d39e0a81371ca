import { describe, expect, it } from 'vitest'
import { plainOf, withOthers } from '@/desk/plain-value'

describe('the short forms of the comparison', () => {
  it.each([
    ['14:xx', 'hour', '14'],
    ['09:xx', 'hour', '9'],
    ['05-18 14:xx', 'hour', '05-18 14'],
    ['<09:00', 'before', '09:00'],
    ['05-18 >14:00', 'after', '05-18 14:00'],
    ['>=3', 'least', '3'],
    ['<=20%', 'most', '20%'],
    ['上午', 'morning', ''],
    ['05-18 凌晨', 'night', '05-18 '],
  ])('says %s in words', (value, key, n) => {
    expect(plainOf(value)).toEqual({ key, n })
  })

  it.each(['09:00', '08:30-11:00', '3', '李某', 'NOT 李某', '隔油池'])('leaves %s as it is', (value) => {
    expect(plainOf(value)).toBeNull()
    expect(withOthers(value)).toBeNull()
  })

  it('tells the named from those beside them', () => {
    expect(withOthers('李某、王某+3')).toEqual({ named: '李某、王某', n: 3 })
    expect(withOthers('李某+')).toEqual({ named: '李某', n: null })
  })
})
