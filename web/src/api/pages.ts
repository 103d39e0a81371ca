/** Answers that come in pages, read to their end: nothing is left out because there is much of it. */

import { at, get } from './client'

interface Paged {
  more: boolean
}

/** The first answer with every item of `key` in it; a page is asked for with `offset`. Told after each page. */
export async function everyPage<A extends Paged, K extends keyof A & string>(
  path: string,
  key: K,
  told: (so_far: A) => void = () => {},
): Promise<A> {
  type Item = { id: string }
  const all = new Map<string, Item>()
  let first: A | null = null
  for (let offset = 0; ; ) {
    const page = await get<A>(offset ? `${path}${path.includes('?') ? '&' : '?'}offset=${offset}` : path)
    const items = page[key] as Item[]
    for (const one of items) if (!all.has(one.id)) all.set(one.id, one)
    first = { ...(first ?? page), [key]: [...all.values()], more: page.more }
    told(first)
    if (!page.more || !items.length) return first
    offset += items.length
  }
}

export interface Act {
  index: number
  kind: string
  t_us: number
  session: string
  by_name: string
  summary: Record<string, unknown>
}

/** Every act of a case, the newest first. Acts never change: what is `known` is not read again. */
export async function readActs(of: string, known: readonly Act[] = [], told: (so_far: Act[]) => void = () => {}): Promise<Act[]> {
  const newest = known[0]?.index ?? -1
  const fresh: Act[] = []
  for (;;) {
    const before = fresh.length ? `&before=${fresh.at(-1)!.index}` : ''
    const page = await get<{ acts: Act[]; more: boolean }>(at`/api/cases/${of}/acts?limit=500` + before)
    const unseen = page.acts.filter((one) => one.index > newest)
    fresh.push(...unseen)
    told([...fresh, ...known])
    if (!page.more || unseen.length < page.acts.length) return [...fresh, ...known]
  }
}
