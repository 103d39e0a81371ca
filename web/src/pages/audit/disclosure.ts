/** From what a person chose in the dialog to the rule that the log decides. */

import type { Disclosed, WithholdScope } from '@/api/types'

export interface Choice {
  /** `session source` of every source whose picture and sound are withheld. */
  sources: string[]
  /** Only within these moments; null: all of it. */
  from_us: number | null
  to_us: number | null
  words: boolean
  documents: boolean
}

export const sourceKey = (session: string, source: string): string => `${session} ${source}`

/** A moment of a `datetime-local` field; null while it is empty or unreadable. */
export function momentOf(text: string): number | null {
  const at = text ? new Date(text).getTime() : Number.NaN
  return Number.isFinite(at) ? Math.round(at * 1000) : null
}

/** The text a `datetime-local` field takes, to the second, in the viewer's time zone. */
export function fieldText(us: number): string {
  const at = new Date(Math.floor(us / 1e6) * 1000)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

/** The rule; null when nothing is chosen or the times are the wrong way round. */
export function withholdRule(choice: Choice): Disclosed['withhold'] | null {
  if (!choice.sources.length) return null
  if (choice.from_us !== null && choice.to_us !== null && choice.to_us <= choice.from_us) return null
  const time: WithholdScope = {
    ...(choice.from_us !== null ? { start_us: choice.from_us } : {}),
    ...(choice.to_us !== null ? { end_us: choice.to_us } : {}),
  }
  const media = choice.sources.map((key) => {
    const [session, source] = key.split(' ') as [string, string]
    return { session, source, ...time }
  })
  const sessions = [...new Set(media.map((one) => one.session))]
  return {
    media,
    ...(choice.words ? { payloads: media.map((one) => ({ ...one, kind: 'utterance' })) } : {}),
    ...(choice.documents ? { documents: sessions.map((session) => ({ session })) } : {}),
  }
}
