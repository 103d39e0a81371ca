/** What the list of a case's prompts holds, and what it asks the centre. Pure. */

import { chosenIn, dayUs, rangeOf } from '@/components/list/list'
import type { ListQuery } from '@/components/list/list'

/** What can become of a prompt, as the centre says it. */
export const STATES = ['answered', 'asked', 'shown', 'unshown', 'declined', 'withdrawn', 'unasked', 'unanswered'] as const

export interface SentPrompt {
  id: string
  sent_us: number
  by_name: string
  text: string
  room: string
  room_name: string
  room_name_en: string
  person_name: string
  person_name_en: string
  became: (typeof STATES)[number]
  reason: string
}

/** One page of the list, as the centre is asked for it. */
export function questionOf(query: ListQuery, perPage: number): URLSearchParams {
  const said = new URLSearchParams({ limit: String(perPage), offset: String((query.page - 1) * perPage), sort: query.sort || 'time' })
  if (!query.downwards) said.set('order', 'up')
  if (query.text.trim()) said.set('text', query.text.trim())
  const senders = chosenIn(query.filters.by ?? '')
  if (senders.length) said.set('senders', senders.join('|'))
  const states = chosenIn(query.filters.state ?? '')
  if (states.length) said.set('states', states.join('|'))
  const whom = (query.filters.whom ?? '').trim()
  if (whom) said.set('whom', whom)
  const [from, to] = rangeOf(query.filters.time ?? '')
  if (from) said.set('from_us', String(dayUs(from)))
  if (to) said.set('to_us', String(dayUs(to, 1)))
  return said
}
