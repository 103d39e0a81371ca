/**
 * Views of lists that a person named and kept: in this browser's local storage, by account and list.
 * They hold what was asked (filters, order), never rows.
 */

import type { ListQuery } from './list'

export interface SavedView {
  name: string
  query: ListQuery
}

export const VIEWS_MAX = 20
export const NAME_MAX = 30

const keyOf = (account: string, list: string): string => `duizhi.views.${account}.${list}`

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
export function readViews(account: string, list: string): SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(account, list)) ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept
      .filter((one): one is SavedView => typeof one?.name === 'string' && isQuery(one.query))
      .slice(0, VIEWS_MAX)
      .map((one) => ({ name: one.name.slice(0, NAME_MAX), query: { ...one.query, page: 1 } }))
  } catch {
    return []
  }
}

function write(account: string, list: string, views: SavedView[]): SavedView[] {
  try {
    localStorage.setItem(keyOf(account, list), JSON.stringify(views))
  } catch {
    // storage is full or forbidden: the view holds until the page goes
  }
  return views
}

/** Keeps a view; one of the same name is replaced. The oldest goes when there are too many. */
export function keepView(account: string, list: string, name: string, query: ListQuery): SavedView[] {
  const called = name.trim().slice(0, NAME_MAX)
  if (!called) return readViews(account, list)
  const others = readViews(account, list).filter((one) => one.name !== called)
  return write(account, list, [...others, { name: called, query: { ...query, page: 1 } }].slice(-VIEWS_MAX))
}

export function dropView(account: string, list: string, name: string): SavedView[] {
  return write(account, list, readViews(account, list).filter((one) => one.name !== name))
}
