/** Device readings as people read them: order, decimals and units; values arrive in milli-units. */

import type { Reading } from './protocol'

export interface Shown {
  name: string
  value: string
  unit: string
}

const KNOWN: Record<string, { unit: string; decimals: number }> = {
  LEL_pct: { unit: '%LEL', decimals: 0 },
  O2_vol: { unit: '%', decimals: 1 },
  CO_ppm: { unit: 'ppm', decimals: 0 },
  H2S_ppm: { unit: 'ppm', decimals: 1 },
  temp_c: { unit: '℃', decimals: 1 },
  rh_pct: { unit: '%', decimals: 0 },
  battery_pct: { unit: '%', decimals: 0 },
}

export function shownReadings(values: Record<string, number>): Shown[] {
  return Object.keys(KNOWN)
    .filter((name) => name in values)
    .map((name) => shownReading(name, values[name]!))
}

/**
 * One value; a quantity we do not know is shown with three decimals and no unit. With a value it is
 * `apartFrom`, as many decimals as keep the two from reading the same.
 */
export function shownReading(name: string, milli: number, apartFrom?: number): Shown {
  const { unit, decimals } = KNOWN[name] ?? { unit: '', decimals: 3 }
  let value = (milli / 1000).toFixed(decimals)
  for (let more = decimals + 1; more <= 3; more += 1) {
    if (apartFrom === undefined || apartFrom === milli) break
    if (Number(value) !== Number((apartFrom / 1000).toFixed(more - 1))) break
    value = (milli / 1000).toFixed(more)
  }
  return { name, value, unit }
}

/** How old and how exact a device's position is; undefined when it told none. */
export function placeOf(reading: Reading, nowUs: number): { metres: number; age_us: number } | undefined {
  const at = reading.position
  if (!at) return undefined
  return { metres: Math.max(1, Math.round(at.accuracy_mm / 1000)), age_us: Math.max(0, nowUs - at.t_us) }
}

/** `O2_LOW` is about `O2_vol`; undefined when the alarm names nothing that is measured. */
export function alarmSubject(alarm: string, values: Record<string, number>): string | undefined {
  const gas = alarm.split('_')[0] ?? ''
  return Object.keys(values).find((name) => name.split('_')[0]?.toUpperCase() === gas.toUpperCase())
}
