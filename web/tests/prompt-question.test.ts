import { describe, expect, it } from 'vitest'
import { dayUs, emptyQuery } from '@/components/list/list'
import { questionOf } from '@/pages/log/prompt-question'

const asked = (change: object): Record<string, string> => Object.fromEntries(questionOf({ ...emptyQuery('time', true), ...change }, 25))

describe('what the list of prompts asks the centre', () => {
  it('is a page, the newest first', () => {
    expect(asked({})).toEqual({ limit: '25', offset: '0', sort: 'time' })
    expect(asked({ page: 5 })).toEqual({ limit: '25', offset: '100', sort: 'time' })
    expect(asked({ sort: 'by', downwards: false })).toEqual({ limit: '25', offset: '0', sort: 'by', order: 'up' })
  })

  it('holds every filter of the list', () => {
    const filters = { by: '林某|周某', state: 'declined|unasked', whom: ' 张某 ', time: '2026-03-01..2026-03-02' }
    expect(asked({ filters, text: ' 水泵 ' })).toMatchObject({
      senders: '林某|周某',
      states: 'declined|unasked',
      whom: '张某',
      text: '水泵',
      from_us: String(dayUs('2026-03-01')),
      to_us: String(dayUs('2026-03-03')),
    })
    expect(asked({ filters: { by: '', state: '', whom: ' ', time: '' } })).toEqual({ limit: '25', offset: '0', sort: 'time' })
  })
})
