import { describe, expect, it } from 'vitest'
import type { CaseDetail, Room } from '@/api/types'
import { OFFICERS_MAX, dutyFor, fits, namesIn, roomOf, saidOf, unnaming, unseating } from '@/components/seats/seats'
import type { OfficerSaid } from '@/components/seats/seats'

const room = (id: string, person: string | null, ...names: string[]): Room => ({
  id, name: id, name_en: '', kind: 'interview', person, session: null,
  officers: names.map((name) => ({ id: `of-${name}`, name, certificate: `c-${name}`, duty: name === 'B' ? '记录人' : '询问人' })),
})
const person = (id: string, at: string | null) => ({ id, name: id, post: '', role: '', room: at })
const detail = {
  rooms: [room('r1', 'zhang', 'A', 'B'), room('r2', 'li', 'C'), room('r/3', null)],
  people: [person('zhang', 'r1'), person('li', 'r2'), person('wang', null)],
} as unknown as CaseDetail
const [r1, r2, r3] = detail.rooms as [Room, Room, Room]
const officer = (name: string, duty: OfficerSaid['duty'] = 'interviewer'): OfficerSaid => ({ name, certificate: `c-${name}`, duty })

describe('what takes a seating back', () => {
  it('is whoever sat there before', () => {
    expect(unseating(detail, r1, 'wang')).toEqual([['/api/rooms/r1/person', { person: 'zhang' }]])
    expect(unseating(detail, r1, '')).toEqual([['/api/rooms/r1/person', { person: 'zhang' }]])
    expect(unseating(detail, r3, 'wang')).toEqual([['/api/rooms/r%2F3/person', { person: '' }]])
  })
  it('brings back who came over, and then who they took the place of', () => {
    expect(unseating(detail, r3, 'li')).toEqual([['/api/rooms/r2/person', { person: 'li' }]])
    expect(unseating(detail, r1, 'li')).toEqual([['/api/rooms/r2/person', { person: 'li' }], ['/api/rooms/r1/person', { person: 'zhang' }]])
  })
  it('is the officers of every room that changed', () => {
    expect(unnaming(detail, r1, [officer('A'), officer('C')])).toEqual([
      ['/api/rooms/r1/officers', { officers: [officer('A'), officer('B', 'clerk')] }],
      ['/api/rooms/r2/officers', { officers: [officer('C')] }],
    ])
    expect(unnaming(detail, r2, [])).toEqual([['/api/rooms/r2/officers', { officers: [officer('C')] }]])
  })
})

describe('officers of a room', () => {
  it('ask and write', () => {
    expect(saidOf(r1.officers).map((one) => one.duty)).toEqual(['interviewer', 'clerk'])
    expect(dutyFor([])).toBe('interviewer')
    expect(dutyFor([officer('A')])).toBe('clerk')
    expect(dutyFor([officer('A'), officer('B', 'clerk')])).toBe('interviewer')
  })
  it('have a name and a number each, nobody twice, and are not more than fit', () => {
    expect(fits([officer('A')], { name: ' B ', certificate: ' 1 ' })).toBe(true)
    for (const wrong of [{ name: '', certificate: '1' }, { name: 'B', certificate: ' ' }, { name: 'A ', certificate: '1' }, { name: 'B', certificate: 'c-A' }]) {
      expect(fits([officer('A')], wrong)).toBe(false)
    }
    const many = Array.from({ length: OFFICERS_MAX }, (_, n) => officer(String(n)))
    expect(fits(many, { name: 'B', certificate: '1' })).toBe(false)
  })
})

describe('other names in one field', () => {
  it('are told apart in either language', () => {
    expect(namesIn(' 小张、老张，张师傅 ; Zhang, ,')).toEqual(['小张', '老张', '张师傅', 'Zhang'])
    expect(namesIn(' ')).toEqual([])
  })
})

describe('where somebody is', () => {
  it('is the room they are questioned in, else where they sit, else nowhere', () => {
    expect(roomOf(detail, detail.people[0]!)?.id).toBe('r1')
    expect(roomOf(detail, { ...detail.people[2]!, room: 'r2' })?.id).toBe('r2')
    expect(roomOf(detail, detail.people[2]!)).toBeUndefined()
  })
})
