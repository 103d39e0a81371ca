/**
 * Points to verify by people: which columns the matrix has, and what stands in a cell. Pure.
 *
 * Who sits in a room stands first, in the order of the rooms; then everybody who has said something on
 * a point or was asked about one, wherever they are now. Nobody loses a column by leaving a room, and a
 * case that gave its rooms back keeps all of them.
 */

import type { CaseDetail, Person, Point, Room } from '@/api/types'
import type { TwoNames } from '@/base/words'
import { cellKey, ofCell, onPoint, shown, stands, toneOf } from './comparison'
import type { CellTone } from './comparison'
import type { Prompt, Statement } from './protocol'
import { cellState, decisive } from './receipts'
import type { CellState } from './receipts'
import { findUtterance, personOf } from './state'
import type { DeskState } from './state'

export interface Column {
  /** As cells name the person: an id, the name of somebody who is only named, or a room nobody was said to sit in. */
  key: string
  /** Of the person; of the room where nobody is said to sit in it. */
  name: TwoNames
  person: Person | null
  /** Where they sit now. */
  room: Room | null
  /** When they last said something on a point; null: nothing yet. */
  last_us: number | null
}

const NAMELESS = 'room:'

/** Nobody was said to sit in the room when this was spoken. */
export const isNameless = (column: Column): boolean => !column.person && column.key.startsWith(NAMELESS)

export function columnsOf(state: DeskState): Column[] {
  const detail = state.detail
  if (!detail) return []
  const last = lastSaid(state)
  const columns: Column[] = []
  const put = (key: string, name: TwoNames, person: Person | null, room: Room | null): void => {
    if (!columns.some((one) => one.key === key)) columns.push({ key, name, person, room, last_us: last.get(key) ?? null })
  }
  for (const room of detail.rooms.filter((one) => one.kind === 'interview')) {
    const person = personOf(state, room)
    if (person) put(person.id, person, person, room)
    else if (room.session) put(NAMELESS + room.id, room, null, room)
  }
  const asked = askedPeople(state)
  for (const person of detail.people) {
    if (last.has(person.id) || asked.has(person.name)) put(person.id, person, person, null)
  }
  for (const key of [...last.keys()].sort()) {
    const room = detail.rooms.find((one) => NAMELESS + one.id === key)
    put(key, key.startsWith(NAMELESS) ? (room ?? formerRoom(state, key)) : { name: key }, null, null)
  }
  return columns
}

/** When each person of a cell last said something; who has a cell and said nothing is left out. */
function lastSaid(state: DeskState): Map<string, number> {
  const last = new Map<string, number>()
  for (const { person, statements } of state.cells.values()) {
    for (const one of statements) last.set(person, Math.max(last.get(person) ?? 0, one.start_us))
  }
  return last
}

/** Names of those in whose sessions a prompt carried a point. */
function askedPeople(state: DeskState): Set<string> {
  const sessions = new Set([...state.prompts.values()].filter((one) => one.point && one.state !== 'withdrawn').map((one) => one.session))
  return new Set((state.detail?.sessions ?? []).filter((one) => sessions.has(one.id)).map((one) => one.person_name))
}

/** What a room was called that the case has no more. */
function formerRoom(state: DeskState, key: string): TwoNames {
  const of = [...state.cells.values()].find((one) => one.person === key)?.statements.at(-1)?.session
  return { name: state.detail?.sessions.find((one) => one.id === of)?.room_name ?? '' }
}

/** The points that are asked, in order; then those asked no more on which something was said. */
export function rowsOf(state: DeskState): Point[] {
  const said = new Set([...state.cells.values()].filter((one) => one.statements.length).map((one) => one.point))
  return (state.detail?.points ?? [])
    .filter((one) => !one.retired_us || said.has(one.id))
    .sort((a, b) => Number(Boolean(a.retired_us)) - Number(Boolean(b.retired_us)) || a.order - b.order)
}

/** A sentence with the place where it was recorded. */
export interface Spoken {
  session: string
  room: string
  utterance: string
  start_us: number
}

export interface MatrixCell {
  state: CellState
  /** How it stands against the others; empty until something was said. */
  tone: CellTone | ''
  /** The latest statement; null: nothing was said, or what answered the prompt is not understood. */
  statement: Statement | null
  /** How often it was spoken of. */
  times: number
  /** Where to hear it. */
  spoken: Spoken | null
  /** Quote of an answer that no statement was read from. */
  answer: string
  /** Of what the state says: said, asked, declined, sent or sealed. */
  at_us: number
  reason: string
  difference: string | null
}

const NOTHING: Omit<MatrixCell, 'state'> = { tone: '', statement: null, times: 0, spoken: null, answer: '', at_us: 0, reason: '', difference: null }

export function cellOf(state: DeskState, point: Point, column: Column): MatrixCell {
  const all = state.cells.get(cellKey(point.id, column.key))
  const one = shown(all, point.detail?.slots)
  if (!one) return promptCell(state, point, column)
  return {
    ...NOTHING,
    state: 'answered',
    tone: toneOf(state, point.id, column.key),
    statement: one,
    times: new Set(onPoint(all, point.detail?.slots).map((each) => each.utterance)).size,
    spoken: { session: one.session, room: one.room, utterance: one.utterance, start_us: one.start_us },
    at_us: one.start_us,
    difference: ofCell(state, point.id, column.key).find(stands)?.finding.id ?? null,
  }
}

/** How the prompt about the point fares, where the person has said nothing on it. */
function promptCell(state: DeskState, point: Point, column: Column): MatrixCell {
  const prompt = decisive([...state.prompts.values()].filter((one) => one.point === point.id && asks(state.detail!, one, column)))
  const now = cellState(prompt)
  if (!prompt || now === 'none') return { ...NOTHING, state: 'none' }
  const { times } = prompt
  const at_us = { answered: times.answered_us, asked: times.acknowledged_us, declined: times.declined_us, pending: times.issued_us, unasked: prompt.closed_us, unanswered: prompt.closed_us }[now] ?? 0
  const utterance = prompt.answer?.utterance
  if (now !== 'answered' || !utterance || !prompt.session) return { ...NOTHING, state: now, at_us, reason: prompt.reason ?? '' }
  const heard = findUtterance(state, prompt.room, utterance)
  const start_us = heard?.start_us ?? at_us
  return { ...NOTHING, state: now, at_us: start_us, answer: heard?.text ?? '', spoken: { session: prompt.session, room: prompt.room, utterance, start_us } }
}

/** Whether a prompt was to this person: in the session that is open where they sit, or in an earlier one of theirs. */
function asks(detail: CaseDetail, prompt: Prompt, { person, room }: Column): boolean {
  if (room && (prompt.session ? prompt.session === room.session?.id : prompt.room === room.id)) return true
  const held = detail.sessions.find((one) => one.id === prompt.session)
  return Boolean(person && held && held.person_name === person.name)
}

// --- which columns are shown ----------------------------------------------------------------

/** As it is kept: keys of the columns that are left out; a person who comes later is shown. */
export function readLeftOut(text: string | null): string[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string').slice(0, 200) : []
  } catch {
    return [] // somebody else's text
  }
}

/** The columns that are shown; never none where there are some. */
export function shownOf(columns: Column[], leftOut: readonly string[]): Column[] {
  const rest = columns.filter((one) => !leftOut.includes(one.key))
  return rest.length ? rest : columns.slice(0, 1)
}
