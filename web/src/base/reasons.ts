/**
 * Reasons that are picked by one tap. The log has their codes (`config/words.py`), so that everybody reads
 * them in their own language; a reason in somebody's own words stands as it was written.
 */

import { useWords } from './words'

export const NOT_NOW = ['already_asked', 'not_the_moment', 'refuses', 'unrelated'] as const
export const START_UNMET = ['urgent', 'following', 'device'] as const

const isOne = <T extends string>(all: readonly T[], reason: string): reason is T => (all as readonly string[]).includes(reason)

export function useReasons() {
  const { t } = useWords()
  return {
    /** Why a prompt is not asked now. */
    notNow: (reason: string): string => (isOne(NOT_NOW, reason) ? t(`desk.reasons.${reason}`) : reason),
    /** Why a session was started with points unmet. */
    startUnmet: (reason: string): string => (isOne(START_UNMET, reason) ? t(`checks.why.${reason}`) : reason),
  }
}
