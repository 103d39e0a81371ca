import { describe, expect, it } from 'vitest'
import type { Prompt, PromptState } from '@/desk/protocol'
import { cellState, promptForCell, receiptsOf, shownAfterUs, withdrawable } from '@/desk/receipts'
import { toAsk } from '@/pages/room/usePrompts'

const S = 1_000_000
const ORDER: PromptState[] = ['issued', 'delivered', 'shown', 'acknowledged', 'answered']

/** A prompt that has come as far as `state`, one second a step from second 100. */
function prompt(state: PromptState, more: Partial<Prompt> = {}): Prompt {
  const path: PromptState[] =
    state === 'declined' ? ['issued', 'delivered', 'shown', 'declined'] : ORDER.slice(0, ORDER.indexOf(state) + 1)
  const times = Object.fromEntries(path.map((step, i) => [`${step}_us`, (100 + i) * S]))
  return { id: 'p', group: 'g', room: 'r1', point: 'p1', text: 't', by_name: 'n', state, times, ...more }
}

const names = (one: Prompt, nowS: number, reach?: { online: boolean }): string[] =>
  receiptsOf(one, nowS * S, reach).map((step) => `${step.name}:${step.state}`)

describe('receiptsOf', () => {
  it('waits for delivery right after sending', () => {
    expect(names(prompt('issued'), 101)).toEqual(['sent:done', 'shown:now', 'asked:todo', 'answered:todo'])
  })

  it('asks for a telephone call when nothing is shown for three seconds', () => {
    expect(names(prompt('issued'), 104)).toEqual(['sent:done', 'late:bad'])
    expect(names(prompt('delivered'), 104)).toEqual(['sent:done', 'late:bad'])
  })

  it('says that it is queued while the room is offline', () => {
    expect(names(prompt('issued'), 200, { online: false })).toEqual(['queued:now'])
    expect(names(prompt('issued'), 101, { online: true })).toContain('shown:now')
  })

  it('waits to be asked once it is shown, and no time makes that late', () => {
    expect(names(prompt('shown'), 900)).toEqual(['sent:done', 'shown:done', 'asked:now', 'answered:todo'])
  })

  it('waits for the answer once it is asked', () => {
    expect(names(prompt('acknowledged'), 900)).toEqual(['sent:done', 'shown:done', 'asked:done', 'answered:now'])
  })

  it('has four receipts with their times at the end', () => {
    const steps = receiptsOf(prompt('answered'), 900 * S)
    expect(steps.map((step) => step.state)).toEqual(['done', 'done', 'done', 'done'])
    expect(steps.map((step) => step.at_us)).toEqual([100 * S, 102 * S, 103 * S, 104 * S])
  })

  it('ends with the refusal when the interviewer declines', () => {
    expect(names(prompt('declined'), 900)).toEqual(['sent:done', 'shown:done', 'declined:now'])
  })

  it('ends with the seal of its session where nobody asked or answered, and keeps what was given before', () => {
    const closed_us = 150 * S
    const sealed = (state: PromptState): Prompt => prompt(state, { closed_us })
    expect(names(sealed('issued'), 900, { online: false })).toEqual(['sent:done', 'unasked:now'])
    expect(names(sealed('shown'), 900)).toEqual(['sent:done', 'shown:done', 'unasked:now'])
    expect(names(sealed('acknowledged'), 900)).toEqual(['sent:done', 'shown:done', 'asked:done', 'unanswered:now'])
    expect(receiptsOf(sealed('acknowledged'), 900 * S).map((step) => step.at_us)).toEqual([100 * S, 102 * S, 103 * S, closed_us])
    for (const state of ['answered', 'declined'] as const) expect(names(sealed(state), 900)).toEqual(names(prompt(state), 900))
    expect(['issued', 'shown', 'acknowledged', 'answered', 'declined'].map((one) => cellState(sealed(one as PromptState)))).toEqual(['unasked', 'unasked', 'unanswered', 'answered', 'declined'])
    expect(['issued', 'shown', 'declined'].some((one) => withdrawable(sealed(one as PromptState)))).toBe(false)
    expect([toAsk(prompt('shown')), toAsk(sealed('shown'))]).toEqual([true, false])
  })

  it('ends where it was taken back, and says whether it stood on the screen', () => {
    const back = prompt('issued', { state: 'withdrawn', times: { issued_us: 100 * S, withdrawn_us: 104 * S } })
    expect(names(back, 900)).toEqual(['sent:done', 'withdrawn:now'])
    const seen = { ...back, times: { ...back.times, shown_us: 102 * S } }
    expect(names(seen, 900)).toEqual(['sent:done', 'shown:done', 'withdrawn:now'])
    expect(promptForCell([back], 'p1', 'r1')).toBeNull()
    expect([withdrawable(prompt('shown')), withdrawable(prompt('declined'))]).toEqual([true, true])
    expect([withdrawable(prompt('acknowledged')), withdrawable(prompt('answered')), withdrawable(back)]).toEqual([false, false, false])
  })

  it('counts a prompt that was asked without a word of being shown as shown', () => {
    const odd = prompt('acknowledged', { times: { issued_us: 100 * S, acknowledged_us: 103 * S } })
    expect(names(odd, 104)).toEqual(['sent:done', 'shown:done', 'asked:done', 'answered:now'])
  })

  it('says how long showing took', () => {
    expect(shownAfterUs(prompt('shown'))).toBe(2 * S)
    expect(shownAfterUs(prompt('issued'))).toBeNull()
  })
})

describe('a cell of points and people', () => {
  it('is empty without a prompt of its point and room', () => {
    expect(promptForCell([prompt('shown')], 'p2', 'r1')).toBeNull()
    expect(promptForCell([prompt('shown')], 'p1', 'r2')).toBeNull()
    expect(cellState(null)).toBe('none')
  })

  it.each([
    ['issued', 'pending'],
    ['delivered', 'pending'],
    ['shown', 'pending'],
    ['acknowledged', 'asked'],
    ['declined', 'declined'],
    ['answered', 'answered'],
  ] as const)('%s reads %s', (state, cell) => {
    expect(cellState(prompt(state))).toBe(cell)
  })

  it('takes the latest prompt, but never an open one over an answer', () => {
    const early = prompt('declined', { id: 'a', times: { issued_us: 1 } })
    const late = prompt('shown', { id: 'b', times: { issued_us: 2 } })
    expect(promptForCell([late, early], 'p1', 'r1')?.id).toBe('b')
    const answered = prompt('answered', { id: 'c', times: { issued_us: 1 } })
    expect(promptForCell([late, answered], 'p1', 'r1')?.id).toBe('c')
  })
})
