/**
 * What was tapped in the check list, kept on this tablet when its page is closed or loads again, and a
 * list that could not be said yet. Pure: what may still be used is decided here, no storage is touched.
 */
import type { NoticeAnswers } from './useChecks'

/** What the taps were about: other people, and they count no more. */
export interface About {
  case: string
  room: string
  person: string
  officers: readonly string[]
}

export interface Tapped {
  officers: boolean
  notice: NoticeAnswers | null
}

/** Confirmed longer ago is confirmed again: people come and go. */
export const KEPT_US = 30 * 60_000_000
/** A list was said for a session that opened about then; another session has its own. */
export const SAME_START_US = 10 * 60_000_000

export function keptText(about: About, tapped: Tapped, now_us: number): string {
  return JSON.stringify({ about: aboutText(about), at_us: now_us, confirmed: tapped.officers, notice: tapped.notice })
}

/** The taps that still count for these people; null: none do, or what was stored is not ours. */
export function tappedOf(text: string | null, about: About, now_us: number): Tapped | null {
  const kept = parsed(text)
  if (!kept || typeof kept.at_us !== 'number' || now_us - kept.at_us > KEPT_US || kept.at_us > now_us + KEPT_US) return null
  if (kept.about !== aboutText(about)) return null
  return { officers: kept.confirmed === true, notice: answersOf(kept.notice) }
}

const aboutText = (about: About): string => JSON.stringify([about.case, about.room, about.person, ...about.officers])

/** Whether a list of a start belongs to a session. */
export const belongs = (started_us: number, opened_us: number): boolean => Math.abs(opened_us - started_us) < SAME_START_US

export function parsed(text: string | null): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(text ?? 'null')
    return found !== null && typeof found === 'object' && !Array.isArray(found) ? (found as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function answersOf(value: unknown): NoticeAnswers | null {
  if (value === null || typeof value !== 'object') return null
  const said = value as Record<string, unknown>
  const answers = [said.understood, said.recusal, said.interpreter]
  if (answers.some((one) => typeof one !== 'boolean')) return null
  const [understood, recusal, interpreter] = answers as [boolean, boolean, boolean]
  return { understood, recusal, interpreter }
}
