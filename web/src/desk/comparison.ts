/** What people say on points and where it differs: how cells and differences look and read. */

import type { CaseDetail, Person } from '@/api/types'
import type { Cell, Difference, ReviewState, Statement } from './protocol'
import type { DeskState } from './state'

export const REVIEW_STATES: ReviewState[] = ['open', 'prompted', 'clarified', 'not_a_difference', 'misheard', 'confirmed']

export type CellTone = 'red' | 'amber' | 'grey' | 'suggested' | 'agree' | 'said' | 'unclear' | 'alone'

export const cellKey = (point: string, person: string): string => `${point} ${person}`

const WEIGHT = { red: 0, amber: 1, suggested: 2, grey: 3 } as const
const SETTLED: ReviewState[] = ['clarified', 'not_a_difference', 'misheard']

/** Still to be looked at: found now, and nobody has settled it. */
export function stands(one: Difference): boolean {
  return one.gone_us == null && !SETTLED.includes(one.state)
}

/** The gravest first, then the latest. Grey and suggested ones are no differences to count. */
export function inOrder(all: Iterable<Difference>): Difference[] {
  return [...all].sort(
    (a, b) =>
      Number(stands(b)) - Number(stands(a)) ||
      WEIGHT[a.finding.tier] - WEIGHT[b.finding.tier] ||
      b.found_us - a.found_us,
  )
}

export function counted(all: Iterable<Difference>): Difference[] {
  return inOrder(all).filter((one) => stands(one) && one.finding.tier !== 'grey' && one.finding.tier !== 'suggested')
}

/** Differences that concern a person's cell. */
export function ofCell(state: DeskState, point: string, person: string): Difference[] {
  const concerns = ({ finding }: Difference): boolean => finding.point === point && (finding.a.person === person || finding.b.person === person)
  return inOrder([...state.differences.values()].filter(concerns))
}

/** Statements on what the point asks; without a word on that, all of them. */
export function onPoint(cell: Cell | undefined, slots: string[] | undefined): Statement[] {
  const all = cell?.statements ?? []
  const own = slots?.length ? all.filter((one) => !one.slot || slots.includes(one.slot)) : all
  return own.length ? own : all
}

/** The statement worth showing: the latest that says something, else the latest. */
export function shown(cell: Cell | undefined, slots?: string[]): Statement | null {
  const own = onPoint(cell, slots)
  return own.filter((one) => one.certainty !== 'unknown' && one.value).at(-1) ?? own.at(-1) ?? null
}

export function toneOf(state: DeskState, point: string, person: string): CellTone {
  const standing = ofCell(state, point, person).filter(stands)
  const gravest = standing[0]?.finding.tier
  if (gravest === 'red' || gravest === 'amber' || gravest === 'suggested') return gravest
  const cell = state.cells.get(cellKey(point, person))
  const known = cell?.statements.some((one) => one.value && one.certainty !== 'unknown') ?? false
  if (!known) return cell?.statements.some((one) => one.certainty === 'unknown') ? 'unclear' : 'said'
  const others = [...state.cells.values()].filter((one) => one.point === point && one.person !== person)
  const answered = others.filter((one) => one.statements.some((said) => said.certainty !== 'unknown'))
  if (!answered.length) return 'alone'
  return gravest === 'grey' ? 'unclear' : 'said'
}

/** What a badge says of the difference it leads to; a cell that calls for nothing else leads to what is unclear. */
export function badgeTone(tone: CellTone | ''): CellTone {
  return tone === '' || tone === 'said' || tone === 'agree' ? 'grey' : tone
}

export function personNamed(detail: CaseDetail | null, id: string | undefined): Person | null {
  return detail?.people.find((one) => one.id === id) ?? null
}

/** A quote cut into what stands before, in and after the span; spans count code points. */
export function aroundSpan(text: string, span: [number, number] | undefined): [string, string, string] {
  const letters = Array.from(text)
  const [from, to] = span ?? [0, 0]
  if (to <= from || from < 0 || to > letters.length) return ['', text, '']
  return [letters.slice(0, from).join(''), letters.slice(from, to).join(''), letters.slice(to).join('')]
}
