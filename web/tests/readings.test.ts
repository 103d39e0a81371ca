import { describe, expect, it } from 'vitest'
import { alarmSubject, shownReading, shownReadings } from '@/desk/readings'

describe('readings', () => {
  it('are shown in a fixed order with their decimals and units', () => {
    const shown = shownReadings({ O2_vol: 20_800, CO_ppm: 3_000, LEL_pct: 12_000, secret: 1 })
    expect(shown.map((one) => `${one.name} ${one.value} ${one.unit}`)).toEqual([
      'LEL_pct 12 %LEL',
      'O2_vol 20.8 %',
      'CO_ppm 3 ppm',
    ])
  })

  it('never read like the limit they crossed', () => {
    const shown = (milli: number, limit?: number) => shownReading('O2_vol', milli, limit).value
    expect([shown(19_480), shown(19_480, 19_500), shown(19_497, 19_500)]).toEqual(['19.5', '19.48', '19.497'])
    expect([shown(18_500, 19_500), shown(19_500, 19_500)]).toEqual(['18.5', '19.5'])
  })

  it('tell what an alarm is about', () => {
    expect(alarmSubject('O2_LOW', { LEL_pct: 0, O2_vol: 0 })).toBe('O2_vol')
    expect(alarmSubject('FAULT', { O2_vol: 0 })).toBeUndefined()
  })
})
