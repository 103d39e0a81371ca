/**
 * Text of a record that was changed and not saved, kept in this tab until it is saved or given up: closing the
 * editor, another page, a reload and signing in again lose nothing. One text of a session is that of the editor; those
 * that stand in it no more (of an older version, say) wait beside it, each by its time. It is the account's own and is
 * forgotten with the tab, or when its account signs out and agrees to that (`base/logging-out.ts`); the centre knows
 * nothing of it. Whatever is stored and is not such a text is passed over.
 */
import { computed, shallowRef } from 'vue'
import { me } from '@/api/account'
import { keptBegin } from '@/base/logging-out'
import { HEADER_FIELDS, newLine } from './types'
import type { Header, Line, LineKind, RecordView } from './types'

export interface KeptText {
  session: string
  case: string
  room: string
  person: { name: string; name_en: string }
  /** The saved version that was changed. */
  version: number
  at_us: number
  header: Header
  lines: Line[]
}

const KINDS: readonly LineKind[] = ['q', 'a', 'n', 'f']
const FIELDS: ReadonlySet<string> = new Set(Object.values(HEADER_FIELDS).flat())

export function textOf(view: RecordView, header: Header, lines: Line[], now_us: number): string {
  const { session, room, version } = view
  const person = view.form === 'inspection' ? { name: view.room_name, name_en: view.room_name_en } : { name: view.person_name, name_en: view.person_name_en }
  return JSON.stringify({ session, case: view.case, room, person, version, at_us: now_us, header, lines } satisfies KeptText)
}

/** The text again; null: it is not one of ours. */
export function keptOf(text: string | null): KeptText | null {
  const found = objectOf(parsed(text))
  const person = objectOf(found?.person)
  const header = objectOf(found?.header)
  if (!found || !person || !header || !Array.isArray(found.lines)) return null
  const { session, room, version, at_us } = found
  if (![session, found.case, room, person.name, person.name_en].every((one) => typeof one === 'string')) return null
  if (typeof version !== 'number' || typeof at_us !== 'number') return null
  const fields = Object.entries(header).filter(([name]) => FIELDS.has(name))
  const lines = found.lines.map(lineOf)
  if (!fields.every(([, value]) => typeof value === 'string') || lines.includes(null)) return null
  return { ...(found as unknown as KeptText), header: Object.fromEntries(fields) as Header, lines: lines as Line[] }
}

function lineOf(value: unknown): Line | null {
  const found = objectOf(value)
  const kind = KINDS.find((one) => one === found?.kind)
  if (!found || !kind || !Array.isArray(found.utterances) || !found.utterances.every((one) => typeof one === 'string')) return null
  const line = newLine(kind)
  for (const name of ['text', 'mark', 'place', 'evidence', 'article'] as const) {
    if (typeof found[name] !== 'string') return null
    line[name] = found[name]
  }
  for (const name of ['t_us', 'end_us'] as const) {
    if (typeof found[name] !== 'number') return null
    line[name] = found[name]
  }
  return { ...line, utterances: found.utterances as string[] }
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null
}

/** Whether a kept text says anything else than what is saved. */
export function differs(kept: KeptText, saved: { header: Header; lines: Line[] }): boolean {
  return JSON.stringify(kept.lines) !== JSON.stringify(saved.lines) || Object.entries(kept.header).some(([name, value]) => saved.header[name as keyof Header] !== value)
}

/** Lines that were said, not only written. */
export const spoken = (lines: readonly Line[]): Line[] => lines.filter((one) => one.utterances.length)

/** What was said since the last save, without what the text holds already. */
export function notYet(fresh: readonly Line[], lines: readonly Line[]): Line[] {
  const held = new Set(lines.flatMap((one) => one.utterances))
  return fresh.filter((one) => !one.utterances.length || !one.utterances.every((id) => held.has(id)))
}

const begin = (): string => keptBegin(me.value?.id ?? '')
const looked = shallowRef(0)

/** What is kept under names that begin so, in the order of time. */
function keptUnder(beginning: string): KeptText[] {
  const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(beginning))
  const found = keys.map((key) => keptOf(sessionStorage.getItem(key))).filter((one) => one !== null)
  return found.sort((a, b) => a.at_us - b.at_us)
}

/** The latest text of each session that waits in this tab for the account signed in; follows what is kept and let go here. */
export const keptTexts = computed<KeptText[]>(() => {
  void looked.value
  return me.value ? [...new Map(keptUnder(begin()).map((one) => [one.session, one])).values()] : []
})

/** `aside`: the time of a text that waits beside that of the editor. */
const nameOf = (session: string, aside?: number): string => begin() + session + (aside === undefined ? '' : `.${aside}`)

/** False: this browser takes no more, or nobody is signed in any more. */
export function keepText(session: string, text: string, aside?: number): boolean {
  if (!me.value) return false
  try {
    sessionStorage.setItem(nameOf(session, aside), text)
    return true
  } catch {
    return false
  } finally {
    looked.value++
  }
}

export function letGo(session: string, aside?: number): void {
  if (!isKept(session, aside)) return
  sessionStorage.removeItem(nameOf(session, aside))
  looked.value++
}

export const isKept = (session: string, aside?: number): boolean => sessionStorage.getItem(nameOf(session, aside)) !== null
export const keptIn = (session: string): KeptText | null => keptOf(sessionStorage.getItem(nameOf(session)))
export const asideOf = (session: string): KeptText[] => keptUnder(`${nameOf(session)}.`)
