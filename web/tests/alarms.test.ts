import { describe, expect, it } from 'vitest'
import type { CaseDetail } from '@/api/types'
import { holdingOf, holds, waits, worstFirst } from '@/desk/alarms'
import type { Alarm } from '@/desk/protocol'
import { applyMessage, createDeskState, takeCase } from '@/desk/state'

const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({
  id,
  room: 'r1',
  source: 'cam1',
  session: 's',
  kind: 'picture_black',
  about: '',
  level: 'warning',
  since_us: 1,
  raised_us: 1,
  ...more,
})

const event = (one: Alarm, cursor = 1) => ({ type: 'alarm' as const, cursor, room: one.room, alarm: one })

describe('alarms', () => {
  it('stay until they are over and somebody has taken notice', () => {
    const state = createDeskState()
    applyMessage(state, event(alarm('a')))
    applyMessage(state, event(alarm('a', { cleared_us: 5 })))
    expect(state.alarms.size).toBe(1)
    applyMessage(state, event(alarm('a', { cleared_us: 5, acknowledged_us: 6 })))
    expect(state.alarms.size).toBe(0)
    applyMessage(state, event(alarm('b', { acknowledged_us: 6 })))
    expect([...state.alarms.values()].map((one) => [waits(one), holds(one)])).toEqual([[false, true]])
  })

  it('come with the case, and loading it again starts from what it says', () => {
    const state = createDeskState()
    const detail = { rooms: [], points: [], sources: [], sessions: [], prompts: [], events: [], cursor: 0 }
    takeCase(state, { ...detail, id: 'c', alarms: [alarm('a')] } as unknown as CaseDetail)
    expect([...state.alarms.keys()]).toEqual(['a'])
    takeCase(state, { ...detail, id: 'c', alarms: [] } as unknown as CaseDetail)
    expect(state.alarms.size).toBe(0)
  })

  it('are shown worst first', () => {
    const all = [
      alarm('seen', { acknowledged_us: 2, level: 'danger' }),
      alarm('over', { cleared_us: 2, level: 'danger' }),
      alarm('old', { level: 'danger', raised_us: 3 }),
      alarm('new', { level: 'danger', raised_us: 4 }),
      alarm('warn', { raised_us: 9 }),
    ]
    expect(worstFirst(all).map((one) => one.id)).toEqual(['new', 'old', 'warn', 'over', 'seen'])
  })

  it('stand on the tile of their source while they hold', () => {
    const all = [alarm('a'), alarm('b', { source: 'cam2' }), alarm('c', { cleared_us: 4 })]
    expect(holdingOf(all, 'cam1').map((one) => one.id)).toEqual(['a'])
  })
})
