/**
 * What was tapped in the check list, kept on this tablet when its page is closed or loads again, and a
 * list that could not be said yet. Pure: what may still be used is decided here, no storage is touched.
 */
import { KEPT_US } from '@/api/tablet'
import { signingOf } from './notice-signing'
import type { Signing } from './notice-signing'

/** How the notice was given: read aloud by an officer, read by the person, or told by an interpreter. */
export const HOWS = ['aloud', 'shown', 'interpreter'] as const
export const LANGUAGES = ['zh', 'en', 'other'] as const

export interface NoticeGiven {
  language: (typeof LANGUAGES)[number]
  how: (typeof HOWS)[number]
  /** When it was really given, by the clock of the centre. */
  given_us: number
  /** The version that was before them; absent: the one in use then. */
  notice?: string
}

export interface NoticeAnswers {
  understood: boolean
  recusal: boolean
  interpreter: boolean
  /** In the person's own words. */
  note: string
}

/** Given, and answered; signed for, or why not, where that was done before the start too. */
export interface NoticeSaid extends NoticeGiven, NoticeAnswers {
  signing?: Signing
}

/** What the taps were about: other people, and they count no more. */
export interface About {
  case: string
  room: string
  person: string
  officers: readonly string[]
}

export interface Tapped {
  officers: boolean
  notice: NoticeSaid | null
}

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
  return { officers: kept.confirmed === true, notice: saidOf(kept.notice) }
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

/** What was given and answered, when it is all there; else it is done again. */
export function saidOf(value: unknown): NoticeSaid | null {
  if (value === null || typeof value !== 'object') return null
  const { understood, recusal, interpreter, note, language, how, given_us, notice } = value as Record<string, unknown>
  if (typeof understood !== 'boolean' || typeof recusal !== 'boolean' || typeof interpreter !== 'boolean') return null
  if (typeof note !== 'string' || typeof given_us !== 'number') return null
  const given = { language: LANGUAGES.find((one) => one === language), how: HOWS.find((one) => one === how) }
  if (!given.language || !given.how) return null
  const signing = signingOf((value as Record<string, unknown>).signing)
  const said = { understood, recusal, interpreter, note, language: given.language, how: given.how, given_us, ...(signing ? { signing } : {}) }
  return typeof notice === 'string' && notice ? { ...said, notice } : said
}
