/** A list's state: what is asked, the rows it leaves, and, with a server, the page that was loaded. */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { emptyQuery, fromAddress, pageOf, select, toAddress } from './list'
import type { Column, ListPage, ListQuery } from './list'

export interface ListOptions<T> {
  columns: () => readonly Column<T>[]
  rows: () => readonly T[] | null | undefined
  load: ((query: ListQuery, perPage: number) => Promise<ListPage<T>>) | undefined
  perPage: number
  opening: Partial<ListQuery>
  inAddress: boolean
}

const SETTLE_MS = 250
/** As many rows go into one exported file; the list says when there were more. */
export const EXPORT_MAX = 100_000
const EXPORT_PAGE = 500

export function useList<T>(options: ListOptions<T>) {
  const route = useRoute()
  const router = useRouter()
  const opening: ListQuery = { ...emptyQuery(), ...options.opening }
  const query = ref(
    options.inAddress ? fromAddress(route.query, options.columns(), opening) : { ...opening },
  ) as Ref<ListQuery>
  const loaded = shallowRef<ListPage<T> | null>(null)
  const failed = shallowRef<unknown>(null)
  const busy = ref(false)
  let asked = 0
  let timer = 0

  const chosen = computed<readonly T[] | null>(() => {
    if (options.load) return loaded.value?.rows ?? null
    const rows = options.rows()
    return rows ? select(rows, options.columns(), query.value) : null
  })
  const total = computed(() => (options.load ? (loaded.value?.total ?? 0) : (chosen.value?.length ?? 0)))
  const pages = computed(() => Math.max(1, Math.ceil(total.value / options.perPage)))
  const page = computed(() => Math.min(query.value.page, pages.value))
  const shown = computed<readonly T[] | null>(() => {
    if (options.load || !chosen.value) return chosen.value
    return pageOf(chosen.value, query.value.page, options.perPage).rows
  })

  /** Asks the server again; an answer that is overtaken is dropped. */
  async function refresh(): Promise<void> {
    if (!options.load) return
    const mine = ++asked
    busy.value = true
    try {
      const page = await options.load(query.value, options.perPage)
      if (mine !== asked) return
      loaded.value = page
      failed.value = null
    } catch (error) {
      if (mine === asked) failed.value = error
    } finally {
      if (mine === asked) busy.value = false
    }
  }

  /** Another question begins at its first page. */
  function ask(change: Partial<ListQuery>): void {
    query.value = { ...query.value, page: 1, ...change }
  }

  watch(query, (next) => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => {
      if (options.inAddress) {
        const others = Object.entries(route.query).filter(([name]) => !/^(q|sort|page|f\..+)$/.test(name))
        void router.replace({ query: { ...Object.fromEntries(others), ...toAddress(next, opening) } })
      }
      void refresh()
    }, SETTLE_MS)
  })
  onScopeDispose(() => window.clearTimeout(timer))

  /** Every row of the question, page by page, for an export; at most EXPORT_MAX. Null: it was left. */
  async function everything(told: (rows: number, of: number) => boolean): Promise<{ rows: readonly T[]; of: number } | null> {
    if (!options.load) return { rows: (chosen.value ?? []).slice(0, EXPORT_MAX), of: total.value }
    const asked = { ...query.value }
    const all: T[] = []
    let of = 0
    for (let page = 1; all.length < EXPORT_MAX; page++) {
      const next = await options.load({ ...asked, page }, EXPORT_PAGE)
      of = next.total
      all.push(...next.rows)
      if (!told(all.length, of)) return null
      if (!next.rows.length || all.length >= of) break
    }
    return { rows: all.slice(0, EXPORT_MAX), of }
  }

  void refresh()
  return { query, opening, shown, total, pages, page, busy, failed, ask, refresh, everything }
}
