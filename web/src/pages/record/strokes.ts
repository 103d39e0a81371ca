/**
 * Handwriting as it is drawn: strokes of points, thinned to what the centre takes. No DOM here.
 *
 * The pad is 10,000 units wide and 2,500 high whatever its size on the screen; times are
 * milliseconds from the first touch, pressure goes from 0 to 1,000.
 */

export const PAD = { width: 10_000, height: 2_500 } as const
/** Points closer than this to the last one say nothing new. */
const NEAR = 40
const POINTS_MAX = 1_500
const STROKES_MAX = 200
/** Less than this is a touch by mistake. */
export const INK_MIN = 600

export interface Point {
  x: number
  y: number
  t: number
  pressure: number
}

const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, Math.round(value)))

export class Strokes {
  readonly all: Point[][] = []
  private startedMs: number | null = null
  private drawing = false

  /** A pointer touches the pad; x and y are fractions of its size. */
  begin(x: number, y: number, pressure: number, atMs: number): void {
    if (this.all.length >= STROKES_MAX || this.points >= POINTS_MAX) return
    this.startedMs ??= atMs
    this.drawing = true
    this.all.push([this.point(x, y, pressure, atMs)])
  }

  /** It moves; returns whether there is something new to draw. */
  move(x: number, y: number, pressure: number, atMs: number): boolean {
    const stroke = this.all.at(-1)
    const last = stroke?.at(-1)
    if (!this.drawing || !stroke || !last || this.points >= POINTS_MAX) return false
    const next = this.point(x, y, pressure, atMs)
    if (Math.hypot(next.x - last.x, next.y - last.y) < NEAR) return false
    stroke.push(next)
    return true
  }

  end(): void {
    this.drawing = false
  }

  undo(): void {
    this.drawing = false
    this.all.pop()
    if (!this.all.length) this.startedMs = null
  }

  clear(): void {
    this.all.length = 0
    this.startedMs = null
    this.drawing = false
  }

  get points(): number {
    return this.all.reduce((sum, stroke) => sum + stroke.length, 0)
  }

  /** Length of all strokes together, in units of the pad. */
  get ink(): number {
    let length = 0
    for (const stroke of this.all) {
      for (let i = 1; i < stroke.length; i++) {
        length += Math.hypot(stroke[i]!.x - stroke[i - 1]!.x, stroke[i]!.y - stroke[i - 1]!.y)
      }
    }
    return length
  }

  /** As the centre takes it: x, y, t, pressure in turn. */
  toWire(): number[][] {
    return this.all.map((stroke) => stroke.flatMap((one) => [one.x, one.y, one.t, one.pressure]))
  }

  private point(x: number, y: number, pressure: number, atMs: number): Point {
    return {
      x: clamp(x * PAD.width, PAD.width),
      y: clamp(y * PAD.height, PAD.height),
      t: clamp(atMs - (this.startedMs ?? atMs), 600_000),
      pressure: clamp((pressure || 0.5) * 1000, 1000),
    }
  }
}
