/**
 * What is asked before somebody signs out by a press: pages with unsaved work say what becomes of it, and what waits in
 * this tab for later is cleared only when that is agreed to. A login that ends by itself asks nobody and clears nothing.
 */
import { onScopeDispose } from 'vue'

type Ask = () => Promise<boolean>
/** With the session whose text each asks about now; empty: none. */
const asks = new Map<Ask, () => string>()

/** Unsaved text of an account waits in this tab under names that begin so; its session follows (`pages/record/kept-text.ts`). */
export const keptBegin = (account: string): string => `duizhi.record.${account}.`
const keptNames = (account: string): string[] => Object.keys(sessionStorage).filter((name) => name.startsWith(keptBegin(account)))

/** `ask`: whether one may sign out; for as long as the page that calls this is there. */
export function askBeforeLogOut(ask: Ask, of: () => string): void {
  asks.set(ask, of)
  onScopeDispose(() => asks.delete(ask))
}

/** False as soon as one page wants to stay, or `sure` does: it is told how many other records wait with unsaved text. */
export async function mayLogOut(account: string, sure: (records: number) => boolean): Promise<boolean> {
  const open = [...asks.values()].map((of) => of())
  const others = new Set(keptNames(account).map((name) => name.slice(keptBegin(account).length).split('.')[0] ?? '').filter((one) => !open.includes(one)))
  if (others.size && !sure(others.size)) return false
  for (const ask of [...asks.keys()]) if (!(await ask())) return false
  return true
}

/** After signing out: whoever comes next in this tab finds nothing. */
export function clearKept(account: string): void {
  for (const name of keptNames(account)) sessionStorage.removeItem(name)
}
