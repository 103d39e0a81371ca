import { describe, expect, it } from 'vitest'
import { alarmSubject, shownReadings } from '@/desk/readings'

describe('readings', () => {
  it('are shown in a fixed order with their decimals and units', () => {
    const shown = shownReadings({ O2_vol: 20_800, CO_ppm: 3_000, LEL_pct: 12_000, secret: 1 })
    expect(shown.map((one) => `${one.name} ${one.value} ${one.unit}`)).toEqual([
      'LEL_pct 12 %LEL',
      'O2_vol 20.8 %',
      'CO_ppm 3 ppm',
    ])
  })

  it('tell what an alarm is about', () => {
    expect(alarmSubject('O2_LOW', { LEL_pct: 0, O2_vol: 0 })).toBe('O2_vol')
    expect(alarmSubject('FAULT', { O2_vol: 0 })).toBeUndefined()
  })
})
