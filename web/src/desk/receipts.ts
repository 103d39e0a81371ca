/**
 * A prompt as four receipts (sent, shown, asked, answered), the same on wall and desk.
 *
 * A step is `done` with its time, `now` (what everybody waits for), `todo`, or `bad`. With its session a
 * prompt is over: what nobody asked or answered until the seal is said to be so.
 */

import type { Prompt } from './protocol'

export type StepName = 'sent' | 'shown' | 'asked' | 'answered' | 'declined' | 'late' | 'queued' | 'withdrawn' | 'unasked' | 'unanswered'
export type StepState = 'done' | 'now' | 'todo' | 'bad'

export interface Step {
  name: StepName
  state: StepState
  at_us: number | null
}

/** Not shown for this long: somebody should pick up the telephone. */
export const LATE_US = 3_000_000

export interface RoomReach {
  /** The room's desk is connected as far as the wall knows. */
  online: boolean
}

export function receiptsOf(prompt: Prompt, nowUs: number, reach?: RoomReach): Step[] {
  const { issued_us, shown_us, acknowledged_us, declined_us, answered_us } = prompt.times
  const steps: Step[] = [{ name: 'sent', state: issued_us ? 'done' : 'now', at_us: issued_us ?? null }]
  if (prompt.times.withdrawn_us) {
    const until = shown_us ? [{ name: 'shown', state: 'done', at_us: shown_us } as const] : []
    return [...steps, ...until, { name: 'withdrawn', state: 'now', at_us: prompt.times.withdrawn_us }]
  }
  if (prompt.closed_us && !answered_us && !declined_us) return [...steps, ...atSeal(prompt, prompt.closed_us)]
  const seen = shown_us ?? acknowledged_us ?? declined_us ?? answered_us
  if (!seen) {
    const waited = issued_us ? nowUs - issued_us : 0
    if (reach && !reach.online) return [{ ...steps[0]!, name: 'queued', state: 'now' }]
    if (waited > LATE_US) return [...steps, { name: 'late', state: 'bad', at_us: null }]
    return [...steps, step('shown', 'now'), step('asked', 'todo'), step('answered', 'todo')]
  }
  steps.push({ name: 'shown', state: 'done', at_us: seen })
  if (declined_us && !answered_us) return [...steps, { name: 'declined', state: 'now', at_us: declined_us }]
  const asked = acknowledged_us ?? answered_us
  steps.push(asked ? { name: 'asked', state: 'done', at_us: asked } : step('asked', 'now'))
  if (answered_us) steps.push({ name: 'answered', state: 'done', at_us: answered_us })
  else steps.push(step('answered', asked ? 'now' : 'todo'))
  return steps
}

function atSeal({ times: { shown_us, acknowledged_us } }: Prompt, at_us: number): Step[] {
  const until: Step[] = shown_us ? [{ name: 'shown', state: 'done', at_us: shown_us }] : []
  if (acknowledged_us) until.push({ name: 'asked', state: 'done', at_us: acknowledged_us })
  return [...until, { name: acknowledged_us ? 'unanswered' : 'unasked', state: 'now', at_us }]
}

function step(name: StepName, state: StepState): Step {
  return { name, state, at_us: null }
}

/** How long it took from sending to standing on the room's screen. */
export function shownAfterUs(prompt: Prompt): number | null {
  const { issued_us, shown_us } = prompt.times
  return issued_us && shown_us ? Math.max(0, shown_us - issued_us) : null
}

/** May still be taken back: nobody has put it to the person. */
export function withdrawable(prompt: Prompt): boolean {
  return !prompt.closed_us && ['issued', 'delivered', 'shown', 'declined'].includes(prompt.state)
}

export type CellState = 'none' | 'pending' | 'asked' | 'declined' | 'answered' | 'unasked' | 'unanswered'

/** The prompt that decides a points-by-people cell: an answered one before any other, else the latest. */
export function promptForCell(prompts: Prompt[], point: string, room: string): Prompt | null {
  return decisive(prompts.filter((prompt) => prompt.point === point && prompt.room === room))
}

/** Of prompts about one thing: an answered one before any other, else the latest. */
export function decisive(prompts: Prompt[]): Prompt | null {
  const here = prompts.filter((prompt) => prompt.state !== 'withdrawn')
  here.sort((a, b) => (a.times.issued_us ?? 0) - (b.times.issued_us ?? 0))
  return here.findLast((prompt) => prompt.state === 'answered') ?? here.at(-1) ?? null
}

export function cellState(prompt: Prompt | null): CellState {
  if (!prompt) return 'none'
  switch (prompt.state) {
    case 'answered':
      return 'answered'
    case 'acknowledged':
      return prompt.closed_us ? 'unanswered' : 'asked'
    case 'declined':
      return 'declined'
    default:
      return prompt.closed_us ? 'unasked' : 'pending'
  }
}
