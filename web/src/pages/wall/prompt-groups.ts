/** Prompts as they were sent: one text to several rooms, the newest first; and how each one stands. */

import type { Prompt } from '@/desk/protocol'
import { receiptsOf } from '@/desk/receipts'
import type { RoomReach } from '@/desk/receipts'

export interface PromptGroup {
  id: string
  text: string
  point: string | null
  issued_us: number
  by_name: string
  prompts: Prompt[]
}

export function groupsOf(prompts: Iterable<Prompt>): PromptGroup[] {
  const groups = new Map<string, PromptGroup>()
  for (const prompt of prompts) {
    const issued_us = prompt.times.issued_us ?? 0
    const group = groups.get(prompt.group)
    if (group) group.prompts.push(prompt)
    else groups.set(prompt.group, { id: prompt.group, text: prompt.text, point: prompt.point, issued_us, by_name: prompt.by_name, prompts: [prompt] })
  }
  for (const group of groups.values()) group.prompts.sort((a, b) => a.room.localeCompare(b.room))
  return [...groups.values()].sort((a, b) => b.issued_us - a.issued_us)
}

export interface Standing {
  word: 'sending' | 'queued' | 'late' | 'shown' | 'asked' | 'answered' | 'declined' | 'withdrawn' | 'unasked' | 'unanswered'
  tone: 'ok' | 'ink' | 'differ' | 'act' | 'dim'
}

export function standingOf(prompt: Prompt, nowUs: number, reach?: RoomReach): Standing {
  const steps = receiptsOf(prompt, nowUs, reach)
  if (steps.some((step) => step.name === 'withdrawn')) return { word: 'withdrawn', tone: 'dim' }
  const sealed = steps.find((step) => step.name === 'unasked' || step.name === 'unanswered')?.name
  if (sealed === 'unasked' || sealed === 'unanswered') return { word: sealed, tone: 'differ' }
  if (steps.some((step) => step.name === 'late')) return { word: 'late', tone: 'act' }
  if (steps.some((step) => step.name === 'queued')) return { word: 'queued', tone: 'differ' }
  if (steps.some((step) => step.name === 'declined')) return { word: 'declined', tone: 'differ' }
  const done = steps.findLast((step) => step.state === 'done')?.name
  if (done === 'answered' || done === 'asked') return { word: done, tone: 'ok' }
  return done === 'shown' ? { word: 'shown', tone: 'ink' } : { word: 'sending', tone: 'ink' }
}
