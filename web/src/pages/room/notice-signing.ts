/**
 * The notice of rights signed for on this tablet, or why it is not: what is kept until the centre has it, and
 * what is said to the centre. Pure.
 */

/** Handwriting as the pad gives it; `person` is who is questioned here. Times are the centre's. */
export interface Ink {
  strokes: number[][]
  pointer: string
  from_us: number
  to_us: number
  person: string
}

/** What is signed, in the language in which the notice was given: as on the signed copy. */
export const SAYS = { zh: '以上告知书我已收到。', en: 'I have received this notice.' } as const

export const WHYS = ['refused', 'unable'] as const

export interface Unsigned {
  why: (typeof WHYS)[number]
  /** In the person's words, or an officer's note. */
  reason: string
  witness: string
  said_us: number
  person: string
}

export type Signing = { ink: Ink } | { unsigned: Unsigned }

/** What became of it, as the centre tells. */
export interface NoticeMark {
  state: 'signed' | 'refused' | 'unable'
  t_us: number
  name: string
  by_name: string
  reason: string
  witness: string
}

/** As much as the entry keeps of a reason. */
export const REASON_MAX = 80

/** Signed or not in this tablet's own words, before the centre has it. */
export function markOf(signing: Signing): Pick<NoticeMark, 'state' | 't_us' | 'reason'> {
  if ('ink' in signing) return { state: 'signed', t_us: signing.ink.to_us, reason: '' }
  return { state: signing.unsigned.why, t_us: signing.unsigned.said_us, reason: signing.unsigned.reason }
}

/** Where it is said, below the session's notice, and the body. */
export function messageOf(notice: string, signing: Signing): [path: string, body: Record<string, unknown>] {
  if ('ink' in signing) return ['signature', { notice, ...signing.ink }]
  return ['unsigned', { notice, ...signing.unsigned }]
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value)

/** What was kept, when it is whole; else it is signed again. */
export function signingOf(value: unknown): Signing | null {
  if (value === null || typeof value !== 'object') return null
  const { ink, unsigned } = value as Record<string, Record<string, unknown> | undefined>
  if (ink) {
    const { strokes, pointer, from_us, to_us, person } = ink
    const drawn = Array.isArray(strokes) && strokes.length > 0 && strokes.every((one) => Array.isArray(one) && one.every(Number.isSafeInteger))
    if (!drawn || !isText(pointer) || !isText(person) || !isTime(from_us) || !isTime(to_us)) return null
    return { ink: { strokes: strokes as number[][], pointer, from_us, to_us, person } }
  }
  if (!unsigned) return null
  const { reason, witness, said_us, person } = unsigned
  const why = WHYS.find((one) => one === unsigned.why)
  if (!why || !isText(reason) || !isText(witness) || !isText(person) || !isTime(said_us)) return null
  return { unsigned: { why, reason, witness, said_us, person } }
}

/** What the centre answered for good, and when. */
export interface Refused {
  code: string
  status: number
  at_us: number
}

/** Waits on this tablet for the centre; where the centre will not take it, for a person who dismisses it. */
export interface Outgoing {
  session: string
  notice: string
  signing: Signing
  /** Id of the account in whose presence it was signed; empty: kept by an earlier version. */
  by: string
  refused?: Refused
}

/** So many wait on a tablet at most: more than a room has sessions in a day without the centre. */
export const WAITING_MAX = 8
/** So many that were refused are kept in a room until somebody dismisses them; what comes after them is only said. */
export const REFUSED_MAX = 16

/** What was kept, whole entries only, in the order in which it is told. */
export function outgoingsOf(text: string | null): Outgoing[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return (Array.isArray(kept) ? kept : [kept]).flatMap(outgoingOf) // a single one: as an earlier version kept it
  } catch {
    return []
  }
}

function outgoingOf(value: unknown): Outgoing[] {
  const { session, notice, signing, by, refused } = (value ?? {}) as Record<string, unknown>
  const found = signingOf(signing)
  if (!found || !isText(session) || !session || !isText(notice)) return []
  const why = refusedOf(refused)
  return [{ session, notice, signing: found, by: isText(by) ? by : '', ...(why && { refused: why }) }]
}

function refusedOf(value: unknown): Refused | null {
  const { code, status, at_us } = (value ?? {}) as Record<string, unknown>
  return isText(code) && isTime(status) && isTime(at_us) ? { code, status, at_us } : null
}

/** What is signed is of one session and never changed: the same words are the same entry. */
export const isSame = (a: Outgoing, b: Outgoing): boolean => JSON.stringify(a) === JSON.stringify(b)
