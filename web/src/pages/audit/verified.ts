/** Cases with the last verdict of each, as the centre lists them, and what is said of them. Pure. */

export const VERDICTS = ['complete', 'complete_with_gaps', 'not_yet_witnessed', 'altered', 'missing', 'unreadable'] as const

export interface VerifiedCase {
  id: string
  number: string
  name: string
  name_en: string
  state: string
  sessions: number
  /** Sessions that opened or closed after they were last verified, or never were. */
  since: number
  /** The case was verified as a whole, however that ended. */
  whole: boolean
  /** Sessions verified by themselves after that. */
  singly: number
  /** The job of a verification that runs; empty: none. */
  running: string
  progress: number
  /** The worst verdict that counts. */
  last: {
    job: string
    /** Empty: of the whole case. */
    session: string
    state: 'done' | 'failed'
    verdict: string
    error: string
    by_name: string
    created_us: number
    finished_us: number | null
    wrong: { code: string; n: number }[]
    findings: number
  } | null
}

/** What a row stands for among the choices of the filter. */
export function verdictOf(one: VerifiedCase): string {
  if (!one.last) return 'none'
  const verdict = one.last.state === 'failed' ? 'failed' : one.last.verdict || 'unreadable'
  return toneOf(verdict) === 'is-ok' && !one.whole && one.singly < one.sessions ? 'part' : verdict
}

/** Good is green, what waits for a witness or was never looked at is for a look, what is wrong is for an act. */
export function toneOf(verdict: string): 'is-ok' | 'is-differ' | 'is-act' | 'dim' {
  if (verdict === 'complete' || verdict === 'complete_with_gaps') return 'is-ok'
  if (verdict === 'not_yet_witnessed') return 'is-differ'
  return verdict === 'none' || verdict === 'part' ? 'dim' : 'is-act'
}

export interface Saying {
  t(key: string, named?: Record<string, unknown>): string
  list(parts: string[]): string
  problem(code: string): string
}

/** What was wrong, by kind with its number; what was not named is counted. Empty: nothing. */
export function wrongWords(one: VerifiedCase, { t, list, problem }: Saying): string {
  const last = one.last
  if (!last) return ''
  if (last.state === 'failed') return problem(last.error)
  const named = last.wrong.map(({ code, n }) => t('check.last.finding', { what: t(`check.last.code.${code}`), n }))
  const rest = last.findings - last.wrong.reduce((sum, { n }) => sum + n, 0)
  return list(rest > 0 ? [...named, t('check.last.rest', { n: rest })] : named)
}
