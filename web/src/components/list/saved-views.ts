/**
 * Views of lists that a person named and kept, by list; they follow the account (`api/kept.ts`).
 * They hold what was asked (filters, order), never rows.
 */

import { keep, readKept } from '@/api/kept'
import type { ListQuery } from './list'

export interface SavedView {
  name: string
  query: ListQuery
}

export const VIEWS_MAX = 20
export const NAME_MAX = 30

const nameOf = (list: string): string => `views.${list}`

function isQuery(value: unknown): value is ListQuery {
  const one = value as ListQuery | null
  return (
    typeof one === 'object' &&
    one !== null &&
    typeof one.text === 'string' &&
    typeof one.sort === 'string' &&
    typeof one.downwards === 'boolean' &&
    typeof one.filters === 'object' &&
    one.filters !== null &&
    Object.values(one.filters).every((each) => typeof each === 'string')
  )
}

/** What is kept; whatever cannot be read is as if it were not there. */
export function readViews(list: string): SavedView[] {
  try {
    const kept: unknown = JSON.parse(readKept(nameOf(list)) ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept
      .filter((one): one is SavedView => typeof one?.name === 'string' && isQuery(one.query))
      .slice(0, VIEWS_MAX)
      .map((one) => ({ name: one.name.slice(0, NAME_MAX), query: { ...one.query, page: 1 } }))
  } catch {
    return []
  }
}

function write(list: string, views: SavedView[]): SavedView[] {
  keep(nameOf(list), views.length ? JSON.stringify(views) : '')
  return views
}

/** Keeps a view; one of the same name is replaced. The oldest goes when there are too many. */
export function keepView(list: string, name: string, query: ListQuery): SavedView[] {
  const called = name.trim().slice(0, NAME_MAX)
  if (!called) return readViews(list)
  const others = readViews(list).filter((one) => one.name !== called)
  return write(list, [...others, { name: called, query: { ...query, page: 1 } }].slice(-VIEWS_MAX))
}

export function dropView(list: string, name: string): SavedView[] {
  return write(list, readViews(list).filter((one) => one.name !== name))
}
