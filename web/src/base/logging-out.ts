/**
 * What is asked before somebody signs out by a press: pages with unsaved work say what becomes of it. A login that
 * ends by itself asks nobody.
 */
import { onScopeDispose } from 'vue'

type Ask = () => Promise<boolean>
const asks = new Set<Ask>()

/** `ask`: whether one may sign out; for as long as the page that calls this is there. */
export function askBeforeLogOut(ask: Ask): void {
  asks.add(ask)
  onScopeDispose(() => asks.delete(ask))
}

/** False as soon as one page wants to stay. */
export async function mayLogOut(): Promise<boolean> {
  for (const ask of [...asks]) if (!(await ask())) return false
  return true
}
