/** What was handed over of each session from this tablet, kept here so that a reload still shows it. Times only. */

import type { Filed } from '@/media/hand-over'

export interface Receipt {
  parts: number
  late_us: number
  from_us: number
  to_us: number
  at_us: number
}

const KEY = 'duizhi.room.receipts'
/** Sessions, the latest. */
const MOST = 8

export class Receipts {
  constructor(private readonly storage: Storage) {}

  of(session: string): Receipt | null {
    return this.all().get(session) ?? null
  }

  /** A part of which nothing was missing at the centre is no news. */
  add(filed: Filed, nowUs: number): void {
    if (!filed.late_us || !filed.spans.length) return
    const all = this.all()
    const before = all.get(filed.session)
    // seams of less than a second are filed too; named only when there is nothing else
    const long = filed.spans.filter((one) => one.end_us - one.start_us >= 1_000_000)
    const named = long.length ? long : filed.spans
    const starts = named.map((one) => one.start_us)
    const ends = named.map((one) => one.end_us)
    all.delete(filed.session) // the latest stands last
    all.set(filed.session, {
      parts: (before?.parts ?? 0) + 1,
      late_us: (before?.late_us ?? 0) + filed.late_us,
      from_us: Math.min(...starts, before?.from_us ?? Infinity),
      to_us: Math.max(...ends, before?.to_us ?? 0),
      at_us: nowUs,
    })
    this.storage.setItem(KEY, JSON.stringify([...all].slice(-MOST)))
  }

  private all(): Map<string, Receipt> {
    try {
      const found: unknown = JSON.parse(this.storage.getItem(KEY) ?? '[]')
      return new Map(Array.isArray(found) ? found.filter(isOne) : [])
    } catch {
      return new Map() // not ours, or half written
    }
  }
}

function isOne(value: unknown): value is [string, Receipt] {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false
  const one = value[1] as Partial<Receipt> | null
  return [one?.parts, one?.late_us, one?.from_us, one?.to_us, one?.at_us].every((n) => Number.isFinite(n))
}
