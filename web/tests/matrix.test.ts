import { describe, expect, it } from 'vitest'
import type { CaseDetail } from '@/api/types'
import { cellKey } from '@/desk/comparison'
import { cellOf, columnsOf, isNameless, readLeftOut, rowsOf, shownOf } from '@/desk/matrix'
import type { Cell, Prompt, SessionSummary, Statement } from '@/desk/protocol'
import { createDeskState, takeCase, takeUtterances } from '@/desk/state'
import type { DeskState } from '@/desk/state'

const person = (id: string, name: string, room: string | null = null) => ({ id, name, post: '', role: 'party', room })
const room = (id: string, sitter: string | null, session: string | null = null, kind = 'interview') => ({ id, name: `室 ${id}`, name_en: '', kind, person: sitter, officers: [], session: session ? { id: session, opened_us: 1 } : null })
const point = (id: string, order: number, retired_us?: number) => ({ id, text: `核实${id}`, en: '', order, ...(retired_us ? { retired_us } : {}) })
const session = (id: string, of: string, person_name: string): SessionSummary => ({ id, room: of, room_name: `室 ${of}`, kind: 'interview', opened_us: 1, closed_us: 9, person_name })
const said = (utterance: string, start_us: number, more: Partial<Statement> = {}): Statement => ({ utterance, session: 's', room: 'r1', slot: 'when', value: '9', certainty: 'flat', text: utterance, start_us, end_us: start_us + 1, span: [0, 1], ...more })
const cell = (of: string, who: string, ...statements: Statement[]): Cell => ({ point: of, person: who, statements })
const prompt = (id: string, state: Prompt['state'], more: Partial<Prompt> = {}): Prompt => ({ id, group: id, room: 'r1', point: 'p1', text: 't', by_name: 'n', state, times: { issued_us: 5, acknowledged_us: 6, answered_us: 7 }, ...more })

function stateOf(more: Partial<Record<keyof CaseDetail, unknown>>): DeskState {
  const state = createDeskState()
  takeCase(state, {
    id: 'c',
    people: [person('zhang', '张某', 'r1'), person('li', '李某', 'r2'), person('wang', '王某'), person('zhou', '周某')],
    rooms: [room('r1', 'zhang', 's1'), room('r2', 'li', 's2'), room('yard', null, 's9', 'site')],
    points: [point('p1', 2), point('p2', 1), point('p3', 0, 99)],
    sessions: [session('s1', 'r1', '张某'), session('s2', 'r2', '李某'), session('s0', 'r1', '王某')],
    sources: [], prompts: [], events: [], alarms: [], cells: [],
    ...more,
  } as unknown as CaseDetail)
  return state
}
const keys = (state: DeskState): string[] => columnsOf(state).map((one) => one.key)

describe('the columns of the matrix', () => {
  it('are who sits in a room, in the order of the rooms, then who has said something', () => {
    const state = stateOf({ cells: [cell('p1', 'zhou', said('a', 3)), cell('p1', 'wang', said('b', 5), said('c', 8)), cell('p2', 'li', said('d', 4))] })
    expect(keys(state)).toEqual(['zhang', 'li', 'wang', 'zhou'])
    expect(columnsOf(state).map((one) => [one.room?.id, one.last_us])).toEqual([['r1', null], ['r2', 4], [undefined, 8], [undefined, 3]])
  })
  it('keep everybody when the case has no room any more', () => {
    const state = stateOf({ rooms: [], cells: [cell('p1', 'zhang', said('a', 3)), cell('p1', 'wang', said('b', 5))] })
    expect(keys(state)).toEqual(['zhang', 'wang'])
    expect(columnsOf(state).every((one) => one.room === null)).toBe(true)
  })
  it('have nobody twice, whatever rooms they are said to sit in', () => {
    expect(keys(stateOf({ rooms: [room('r1', 'zhang'), room('r2', 'zhang')], cells: [cell('p1', 'zhang', said('a', 3))] }))).toEqual(['zhang'])
  })
  it('leave out a cell in which nothing was said, and an empty room that does not record', () => {
    expect(keys(stateOf({ rooms: [room('r1', 'zhang'), room('r2', null)], cells: [cell('p1', 'wang')] }))).toEqual(['zhang'])
  })
  it('have a room in which nobody was said to sit, now and once it is gone', () => {
    const cells = [cell('p1', 'room:r2', said('a', 3, { session: 's2', room: 'r2' }))]
    const now = columnsOf(stateOf({ rooms: [room('r1', 'zhang'), room('r2', null, 's2')], cells }))
    expect(now.map((one) => [one.key, one.room?.id, isNameless(one)])).toEqual([['zhang', 'r1', false], ['room:r2', 'r2', true]])
    const gone = columnsOf(stateOf({ rooms: [], cells }))
    expect(gone.map((one) => [one.key, one.name.name, one.room])).toEqual([['room:r2', '室 r2', null]])
  })
  it('have somebody who is only named in the file, and who was asked and said nothing', () => {
    const state = stateOf({ rooms: [], cells: [cell('p1', '赵某', said('a', 3))], prompts: [prompt('x', 'acknowledged', { session: 's0', closed_us: 9 }), prompt('y', 'withdrawn', { session: 's2' })] })
    expect(columnsOf(state).map((one) => [one.key, one.name.name])).toEqual([['wang', '王某'], ['赵某', '赵某']])
  })
})

describe('the rows of the matrix', () => {
  it('are the points in order; of those asked no more what was said stays, at the end', () => {
    expect(rowsOf(stateOf({})).map((one) => one.id)).toEqual(['p2', 'p1'])
    expect(rowsOf(stateOf({ cells: [cell('p3', 'wang', said('a', 3))] })).map((one) => one.id)).toEqual(['p2', 'p1', 'p3'])
  })
})

describe('a cell of the matrix', () => {
  const at = (state: DeskState, of: string, who: string) => cellOf(state, state.detail!.points.find((one) => one.id === of)!, columnsOf(state).find((one) => one.key === who)!)

  it('has the latest statement, where to hear it, and how often it was spoken of', () => {
    const one = at(stateOf({ cells: [cell('p1', 'wang', said('a', 3, { session: 's0' }), said('b', 5, { session: 's0' }), said('b', 5, { session: 's0', slot: 'who_did' }))] }), 'p1', 'wang')
    expect([one.state, one.statement?.text, one.times]).toEqual(['answered', 'b', 2])
    expect(one.spoken).toEqual({ session: 's0', room: 'r1', utterance: 'b', start_us: 5 })
    expect(one.tone).toBe('alone')
  })
  it('follows the prompt to that person, not to whoever sits in the room now', () => {
    const state = stateOf({ prompts: [prompt('old', 'acknowledged', { session: 's0', closed_us: 9 }), prompt('new', 'issued', { session: 's1' })] })
    expect(at(state, 'p1', 'zhang')).toMatchObject({ state: 'pending', at_us: 5, spoken: null })
    expect(at(state, 'p1', 'wang')).toMatchObject({ state: 'unanswered', at_us: 9 })
    expect(at(state, 'p1', 'li').state).toBe('none')
    expect(at(state, 'p2', 'zhang').state).toBe('none')
  })
  it('follows the session that is open where a person sits, also when their name was put right since', () => {
    const state = stateOf({ people: [person('zhang', '张小某', 'r1')], prompts: [prompt('x', 'declined', { session: 's1', reason: 'later', times: { declined_us: 8 } })] })
    expect(at(state, 'p1', 'zhang')).toMatchObject({ state: 'declined', reason: 'later', at_us: 8 })
  })
  it('leads to an answer that no statement was read from', () => {
    const state = stateOf({ prompts: [prompt('x', 'answered', { session: 's1', answer: { utterance: 'u1' } })] })
    expect(at(state, 'p1', 'zhang')).toMatchObject({ state: 'answered', answer: '', spoken: { utterance: 'u1', start_us: 7 } })
    takeUtterances(state, 'r1', [{ id: 'u1', cursor: 1, room: 'r1', source: 'x', session: 's1', speaker: 'interviewee', start_us: 4, end_us: 5, text: '没看见', words: [], index: 1 }])
    expect(at(state, 'p1', 'zhang')).toMatchObject({ answer: '没看见', at_us: 4, spoken: { start_us: 4 } })
  })
  it('is amber or red for whoever is not in a room as well', () => {
    const state = stateOf({ cells: [cell('p1', 'wang', said('a', 3)), cell('p1', 'zhang', said('b', 4))] })
    const side = (who: string) => ({ person: who, utterance: who })
    state.differences.set('d', { finding: { id: 'd', kind: 'conflict', tier: 'red', point: 'p1', slot: 'when', rule: 'r', a: side('wang'), b: side('zhang') }, state: 'open', found_us: 1, engine: '' } as never)
    expect([at(state, 'p1', 'wang').tone, at(state, 'p1', 'wang').difference]).toEqual(['red', 'd'])
    expect(state.cells.has(cellKey('p1', 'wang'))).toBe(true)
  })
})

describe('which columns are shown', () => {
  const columns = columnsOf(stateOf({ cells: [cell('p1', 'wang', said('a', 3))] }))
  it('is what is not left out, and never none', () => {
    expect(shownOf(columns, []).map((one) => one.key)).toEqual(['zhang', 'li', 'wang'])
    expect(shownOf(columns, ['li', 'nobody']).map((one) => one.key)).toEqual(['zhang', 'wang'])
    expect(shownOf(columns, ['zhang', 'li', 'wang']).map((one) => one.key)).toEqual(['zhang'])
    expect(shownOf([], ['li'])).toEqual([])
  })
  it('is read from whatever was kept', () => {
    expect(readLeftOut('["li"]')).toEqual(['li'])
    for (const text of [null, '', '{', '{"a":1}', '7', '[1,null]']) expect(readLeftOut(text)).toEqual([])
  })
})
