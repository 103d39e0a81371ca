/** From what a person chose in the dialog to the rule that the log decides. */

import type { Disclosed, WithholdScope } from '@/api/types'
import { calendarDate, clockTime } from '@/base/time'

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

const MOMENT = /^(\d{4})-(\d{1,2})-(\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?$/

/** A moment as it was typed (2026-03-18 10:21:05); null while it is empty or there is no such moment. */
export function momentOf(text: string): number | null {
  const parts = MOMENT.exec(text.trim())?.slice(1).map((part) => Number(part ?? 0))
  if (!parts) return null
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number]
  const at = new Date(year, month - 1, day, hour, minute, second)
  const meant = at.getMonth() === month - 1 && at.getDate() === day && hour < 24 && minute < 60 && second < 60
  return meant ? at.getTime() * 1000 : null
}

/** The text of a moment as a person would type it, to the second, in the viewer's time zone. */
export function fieldText(us: number): string {
  return `${calendarDate(us, 'zh-CN')} ${clockTime(us)}`
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
