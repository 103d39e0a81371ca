/** What is known of a device's clocks, in words. */

type T = (key: string, named?: Record<string, unknown>) => string

export interface Clocks {
  reports: number
  offset_us: number
  drift_ppb: number
  skew_us: number
}

/** More than this is worth a word without being asked. */
export const SKEW_LIMIT_US = 40_000
export const OFFSET_LIMIT_US = 1_000_000

function signed(us: number, t: T): string {
  const ms = Math.round(us / 1000)
  const size = Math.abs(ms)
  const sign = ms < 0 ? '−' : '+'
  if (size >= 10_000) return t('clocks.seconds', { n: `${sign}${(size / 1000).toFixed(1)}` })
  return t('clocks.ms', { n: size ? `${sign}${size}` : '0' })
}

/** "时钟偏差 +35 毫秒，每小时慢 4 毫秒，声画偏差 −4 毫秒"; parts that are not known are left out. */
export function clockWords(clocks: Clocks, t: T): string[] {
  const words: string[] = []
  if (clocks.reports) words.push(t('clocks.offset', { value: signed(clocks.offset_us, t) }))
  if (clocks.drift_ppb) {
    const perHour = Math.round((Math.abs(clocks.drift_ppb) * 3600) / 1e6)
    words.push(t(clocks.drift_ppb > 0 ? 'clocks.slow' : 'clocks.fast', { n: perHour }))
  }
  words.push(t('clocks.skew', { value: signed(clocks.skew_us, t) }))
  return words
}
