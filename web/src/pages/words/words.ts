/** What people of a case call people, places and things (command_centre/comparison/lexicon.py). */

import { fitting } from '@/components/term-list'

export interface Term {
  id: string
  aliases: string[]
  en: string[]
}

export const GROUPS = ['people', 'places', 'equipment'] as const
export type Group = (typeof GROUPS)[number]

export interface Lexicon extends Record<Group, Term[]> {
  /** Those of the case file, carried along unchanged; what is entered of others stands apart (case page, 文书). */
  documents: unknown[]
}

export interface LexiconView {
  lexicon: Lexicon
  /** A name, and whom or what it names. */
  clashes: [string, string[]][]
}

export interface Vocabulary {
  version: number
  terms: string[]
  from_file: string[]
  /** Of what was just sent: the recogniser cannot take it. */
  left_out: string[]
}

export type SessionVocabulary = Omit<Vocabulary, 'from_file'>

/** Limits of the centre. */
export const LIMITS = { names: 500, forms: 39, nameCharacters: 60, terms: 2000, termCharacters: 40 } as const

/** As the centre tells it, which leaves out lists that are empty. */
export function whole(lexicon: Lexicon): Lexicon {
  const listed = (terms: (Pick<Term, 'id'> & Partial<Term>)[] | undefined): Term[] =>
    (terms ?? []).map((one) => ({ ...one, aliases: one.aliases ?? [], en: one.en ?? [] }))
  return { ...lexicon, people: listed(lexicon.people), places: listed(lexicon.places), equipment: listed(lexicon.equipment) }
}

/** Rows that say something; names trimmed. */
export function filled(lexicon: Lexicon): Lexicon {
  const kept = (terms: Term[]): Term[] =>
    terms.map((one) => ({ ...one, id: one.id.trim() })).filter((one) => one.id)
  return { ...lexicon, people: kept(lexicon.people), places: kept(lexicon.places), equipment: kept(lexicon.equipment) }
}

/** Whether the centre takes every list; what it takes of one row's two lists together, it says itself. */
export function fits(lexicon: Lexicon, terms: readonly string[]): boolean {
  const names = GROUPS.flatMap((group) => lexicon[group]).flatMap((one) => [one.aliases, one.en])
  const forms = { max: LIMITS.forms, characters: LIMITS.nameCharacters }
  return names.every((one) => !fitting(one, forms).rest.length) && !fitting(terms, { max: LIMITS.terms, characters: LIMITS.termCharacters }).rest.length
}
