/** The grid of a map without tiles: meridians and parallels at round degrees, minutes and seconds. */

const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
const MINUTES = [1, 2, 5, 10, 15, 30]
const DEGREES = [1, 2, 5, 10, 15, 30, 90]

/** Steps in degrees, the finest first. */
export const STEPS: readonly number[] = [...SECONDS.map((n) => n / 3600), ...MINUTES.map((n) => n / 60), ...DEGREES]

/** The finest step whose lines stand at least this far apart. */
export function stepFor(degreesPerPixel: number, leastPixels: number): number {
  const least = degreesPerPixel * leastPixels
  return STEPS.find((step) => step >= least) ?? STEPS.at(-1)!
}

/** Where lines stand between two degrees. Counted, not added up, so that no error grows. */
export function linesBetween(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step)
}

/** 34°30′06″N, as fine as the step needs it. */
export function lineName(at: number, step: number, axis: 'lat' | 'lon'): string {
  const side = axis === 'lat' ? (at < 0 ? 'S' : 'N') : at < 0 ? 'W' : 'E'
  const tenths = Math.round(Math.abs(at) * 36_000)
  const degrees = Math.floor(tenths / 36_000)
  const minutes = Math.floor((tenths % 36_000) / 600)
  const seconds = (tenths % 600) / 10
  const two = (n: string): string => n.padStart(2, '0')
  if (step >= 1) return `${degrees}°${side}`
  if (step >= 1 / 60) return `${degrees}°${two(String(minutes))}′${side}`
  const [whole = '0', part] = seconds.toFixed(step < 1 / 3600 ? 1 : 0).split('.')
  return `${degrees}°${two(String(minutes))}′${two(whole)}${part ? `.${part}` : ''}″${side}`
}
