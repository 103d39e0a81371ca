/**
 * What the page at an address asks the centre for first, whoever looks at it: asked at once
 * (`boot.ts`), while its scripts are on their way. Each path is spelled as the page
 * spells it, or nobody takes the answer. Only what every view of the page asks for stands here:
 * what depends on another answer or on the role is the page's own, and so is what a clock is set by:
 * an answer that waited is late.
 */

import { FIRST_KINDS } from '@/base/log-kinds'
import { askAhead, at } from './client'

interface Asked {
  params: Record<string, string | string[]>
  query: Record<string, unknown>
}

const ENTRIES = 1000

/** Entries of a case; `last`: after this one, as the newest come first. */
export function entriesAt(of: string, kinds: readonly string[], last?: { t_us: number; index: number }): string {
  const before = last ? `&before_us=${last.t_us}&before=${last.index}` : ''
  return at`/api/cases/${of}/entries?kinds=${kinds.join('|')}&limit=${ENTRIES}` + before
}

const LINES = 200

/** The latest lines of every room of a case, or of one. */
export function latestAt(of: string, room?: string): string {
  return at`/api/cases/${of}/latest-utterances?limit=${LINES}` + (room === undefined ? '' : at`&room=${room}`)
}

/** Lines of a room before a cursor. */
export const olderAt = (of: string, room: string, before: number): string =>
  at`/api/cases/${of}/utterances?room=${room}&limit=${LINES}&before_cursor=${before}`

const AROUND_US = 90_000_000

/** What was said in a room around a moment. */
export function aroundAt(of: string, room: string, t_us: number): string {
  return at`/api/cases/${of}/utterances?room=${room}&from_us=${t_us - AROUND_US}&to_us=${t_us + AROUND_US}&limit=200`
}

/** Sessions of a case on one clock; none named: the centre chooses. */
export const reviewAt = (of: string, sessions: readonly string[]): string =>
  `${at`/api/cases/${of}/review`}?sessions=${sessions.map(encodeURIComponent).join(',')}`

/** A page of the log of a case. */
export const logAt = (of: string, said: URLSearchParams): string => `${at`/api/cases/${of}/log`}?${said.toString()}`
export const LOG_LINES = 50

/** Hits of a search. */
export const searchAt = (said: URLSearchParams): string => `/api/search?${said.toString()}`

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const ofCase = ({ params }: Asked): string => at`/api/cases/${text(params.case)}`

/** A question of nothing but this. */
const only = (query: Asked['query'], name: string): boolean => Object.keys(query).join() === name && text(query[name]).trim() !== ''

/** By route. The overview of a case also shows its exhibits. */
const FIRST: Record<string, (to: Asked) => string[]> = {
  '/check': () => ['/api/time'],
  '/cases': () => ['/api/cases'],
  '/cases/:case': (to) => [ofCase(to), `${ofCase(to)}/overview`, ...(to.query.part ? [] : [`${ofCase(to)}/exhibits`])],
  '/cases/:case/differences/:difference?': (to) => [
    ofCase(to), ...(text(to.params.difference) ? [at`/api/cases/${text(to.params.case)}/differences/${text(to.params.difference)}/prompt`] : []),
  ],
  '/cases/:case/moment': (to) => {
    const { session, room, t } = to.query
    return [ofCase(to), aroundAt(text(to.params.case), text(room), Number(t) || 0), ...(text(session) ? [at`/api/sessions/${text(session)}`] : [])]
  },
  '/cases/:case/words': (to) => [ofCase(to), `${ofCase(to)}/lexicon`, `${ofCase(to)}/vocabulary`],
  '/review/:case': (to) => [reviewAt(text(to.params.case), text(to.query.sessions).split(',').filter(Boolean)), ofCase(to)],
  '/cases/:case/exhibits': (to) => [ofCase(to), `${ofCase(to)}/exhibits`],
  '/search': ({ query }) => [...(only(query, 'q') ? [searchAt(new URLSearchParams({ q: text(query.q).trim() }))] : []), '/api/cases'],
  '/cases/:case/record/:session': ({ params }) => [at`/api/sessions/${text(params.session)}/record`],
  '/wall/:case': (to) => [ofCase(to), latestAt(text(to.params.case)), `${ofCase(to)}/map`],
  '/room': () => ['/api/cases'],
  '/room/:room': ({ params, query }) => [
    '/api/cases',
    ...(text(query.case) ? [at`/api/cases/${text(query.case)}`, latestAt(text(query.case), text(params.room))] : []),
  ],
  '/receipt/:session': ({ params }) => [at`/api/sessions/${text(params.session)}/receipt`],
  '/handover': () => ['/api/handover'],
  '/audit': () => ['/api/verified-cases'],
  '/audit/:case': (to) => [
    ofCase(to), entriesAt(text(to.params.case), FIRST_KINDS),
    ...['acts', 'exports', 'verifications', 'retention'].map((one) => `${ofCase(to)}/${one}`),
  ],
  '/audit/:case/log': (to) => [
    ...(Object.keys(to.query).length ? [] : [logAt(text(to.params.case), new URLSearchParams({ limit: String(LOG_LINES), offset: '0' }))]),
    ofCase(to), `${ofCase(to)}/log-facets`,
  ],
  '/audit/:case/access': (to) => [ofCase(to), `${ofCase(to)}/access`],
  '/audit/centre': () => ['/api/centre-log/facets'],
  '/admin/log': () => ['/api/centre-log/facets'],
  '/account': () => ['/api/account'],
  '/permissions': () => ['/api/permissions'],
  '/admin': () => ['/api/running/health'],
  '/admin/health': () => ['/api/running/health'],
  '/admin/accounts': () => ['/api/accounts'],
  '/admin/rooms': () => ['/api/rooms'],
  '/admin/sources': () => ['/api/sources', '/api/rooms'],
  '/admin/templates': () => ['/api/notice-templates', '/api/point-templates/kept', '/api/question-templates/kept', '/api/wording-rules'],
  '/admin/settings': () => ['/api/settings'],
  '/admin/set-up': () => ['/api/set-up', '/api/rooms'],
  '/admin/roles': () => ['/api/permissions'],
  '/admin/outside': () => ['/api/outside'],
  '/admin/storage': () => ['/api/running/storage'],
  '/admin/keys': () => ['/api/running/keys'],
  '/admin/models': () => ['/api/running/models'],
}

/** Asks for what the page of a route begins with. */
export function askFirst(route: string, to: Asked): void {
  for (const path of FIRST[route]?.(to) ?? []) askAhead(path)
}
