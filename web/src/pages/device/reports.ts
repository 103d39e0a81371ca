/**
 * What a phone reports of itself, and when. Logic only: battery and position come in, reports go out.
 * While the centre cannot be reached, one report in half a minute is kept, with its own time.
 */

import type { Position, Report } from './centre'

const EVERY_US = 15_000_000
const LEAST_US = 3_000_000 // between two, however much changes
const KEPT_EVERY_US = 30_000_000
const MOST_KEPT = 240 // two hours; then the oldest goes
const MOVED_M = 15
const E7 = 1e7
const EARTH_M = 6_371_000

export interface Fix {
  latitude: number
  longitude: number
  /** Metres, 95 % confidence. */
  accuracy: number
  at_us: number
}

export function positionOf(fix: Fix): Position {
  return {
    lat_e7: Math.round(fix.latitude * E7),
    lon_e7: Math.round(fix.longitude * E7),
    accuracy_mm: Math.max(0, Math.min(100_000_000, Math.round(fix.accuracy * 1000))),
    t_us: Math.round(fix.at_us),
  }
}

/** Metres between two positions (haversine). */
export function metres(a: Position, b: Position): number {
  const rad = (e7: number): number => (e7 / E7) * (Math.PI / 180)
  const half = (x: number): number => Math.sin(x / 2) ** 2
  const h =
    half(rad(b.lat_e7) - rad(a.lat_e7)) +
    Math.cos(rad(a.lat_e7)) * Math.cos(rad(b.lat_e7)) * half(rad(b.lon_e7) - rad(a.lon_e7))
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

export class Reports {
  /** Thousandths of a per cent; null while the browser does not say. */
  battery: number | null = null
  position: Position | null = null
  private last: Report | null = null
  private kept: Report[] = []

  /** The report that is due now, or null. */
  due(nowUs: number): Report | null {
    if (this.battery === null && this.position === null) return null
    const since = this.last ? nowUs - this.last.t_us : Number.POSITIVE_INFINITY
    if (since < LEAST_US || (since < EVERY_US && !this.changed())) return null
    return {
      values: this.battery === null ? {} : { battery_pct: this.battery },
      position: this.position,
      t_us: Math.round(nowUs),
    }
  }

  /** It is being sent: the next one is due later. */
  taken(report: Report): void {
    this.last = report
  }

  /** It could not be sent. */
  keep(report: Report): void {
    const before = this.kept.at(-1)
    if (before && report.t_us - before.t_us < KEPT_EVERY_US) return
    this.kept.push(report)
    if (this.kept.length > MOST_KEPT) this.kept.shift()
  }

  /** The oldest that was kept, to be sent once the centre is there. */
  nextKept(): Report | undefined {
    return this.kept.shift()
  }

  private changed(): boolean {
    const before = this.last
    if (!before) return true
    if (this.battery !== null && before.values.battery_pct === undefined) return true
    if (this.position && !before.position) return true
    if (this.position && before.position) return metres(before.position, this.position) > MOVED_M
    return Math.abs((before.values.battery_pct ?? 0) - (this.battery ?? 0)) >= 2_000
  }
}
