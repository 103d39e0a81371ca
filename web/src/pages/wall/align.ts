/** What two rooms say, in one script with a column each, aligned by the time it was said. */

import type { Utterance } from '@/desk/protocol'

export interface AlignedRow {
  key: string
  at_us: number
  a: Utterance | null
  b: Utterance | null
}

/** Begun within this of each other, or one while the other still spoke: side by side. */
const TOGETHER_US = 1_500_000

function together(a: Utterance, b: Utterance): boolean {
  const apart = Math.max(a.start_us, b.start_us) - Math.min(a.end_us, b.end_us)
  return apart < 0 || Math.abs(a.start_us - b.start_us) <= TOGETHER_US
}

/** Both lists are in order of time; so are the rows, and each sentence stands in exactly one. */
export function aligned(a: readonly Utterance[], b: readonly Utterance[], last = 400): AlignedRow[] {
  const rows: AlignedRow[] = []
  let i = 0
  let k = 0
  while (i < a.length || k < b.length) {
    const left = a[i] ?? null
    const right = b[k] ?? null
    if (left && right && together(left, right)) {
      rows.push({ key: `${left.id} ${right.id}`, at_us: Math.min(left.start_us, right.start_us), a: left, b: right })
      i += 1
      k += 1
    } else if (left && (!right || left.start_us <= right.start_us)) {
      rows.push({ key: left.id, at_us: left.start_us, a: left, b: null })
      i += 1
    } else {
      rows.push({ key: right!.id, at_us: right!.start_us, a: null, b: right })
      k += 1
    }
  }
  return rows.slice(-last)
}
