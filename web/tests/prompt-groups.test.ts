import { describe, expect, it } from 'vitest'
import type { Prompt } from '@/desk/protocol'
import { groupsOf, standingOf } from '@/pages/wall/prompt-groups'

const S = 1_000_000
const prompt = (id: string, group: string, room: string, issued: number, more: Partial<Prompt> = {}): Prompt => ({
  id, group, room, point: null, text: `text ${group}`, by_name: 'Lin', state: 'issued', times: { issued_us: issued * S }, ...more,
})

describe('prompts as they were sent', () => {
  it('are one of a text to several rooms, the newest first', () => {
    const groups = groupsOf([prompt('1', 'g1', 'b', 5), prompt('2', 'g2', 'a', 9), prompt('3', 'g1', 'a', 5)])
    expect(groups.map((one) => [one.id, one.prompts.map((two) => two.id)])).toEqual([['g2', ['2']], ['g1', ['3', '1']]])
  })

  it.each([
    ['issued', {}, 101, undefined, 'sending', 'ink'],
    ['issued', {}, 104, { online: true }, 'late', 'act'],
    ['issued', {}, 900, { online: false }, 'queued', 'differ'],
    ['shown', { shown_us: 101 * S }, 900, undefined, 'shown', 'ink'],
    ['acknowledged', { shown_us: 101 * S, acknowledged_us: 102 * S }, 900, undefined, 'asked', 'ok'],
    ['answered', { shown_us: 101 * S, acknowledged_us: 102 * S, answered_us: 103 * S }, 900, undefined, 'answered', 'ok'],
    ['declined', { shown_us: 101 * S, declined_us: 102 * S }, 900, undefined, 'declined', 'differ'],
    ['withdrawn', { shown_us: 101 * S, withdrawn_us: 102 * S }, 900, undefined, 'withdrawn', 'dim'],
    ['issued', { closed_us: 150 * S }, 900, { online: false }, 'unasked', 'differ'],
    ['acknowledged', { shown_us: 101 * S, acknowledged_us: 102 * S, closed_us: 150 * S }, 900, undefined, 'unanswered', 'differ'],
    ['answered', { shown_us: 101 * S, acknowledged_us: 102 * S, answered_us: 103 * S, closed_us: 150 * S }, 900, undefined, 'answered', 'ok'],
  ] as const)('%s stands in words and colour', (state, times, now, reach, word, tone) => {
    const { closed_us, ...steps } = { closed_us: undefined, ...times }
    const one = prompt('1', 'g', 'a', 100, { state, times: { issued_us: 100 * S, ...steps }, ...(closed_us ? { closed_us } : {}) })
    expect(standingOf(one, now * S, reach)).toEqual({ word, tone })
  })
})
