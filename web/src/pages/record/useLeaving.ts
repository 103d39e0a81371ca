/** Leaving a record with unsaved text asks first: by its own button, to another page, by signing out, or by closing the tab. */
import { onScopeDispose, ref } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'
import { askBeforeLogOut } from '@/base/logging-out'
import { askBeforeClosing } from '@/base/unsaved'

export type Leaving = 'save' | 'keep' | 'stay'

/** `keep`: whether this browser holds the text for later; `save`: whether it is saved now. Who signs out without saving loses it. */
export function useLeaving(session: () => string, unsaved: () => boolean, keep: () => boolean, save: () => Promise<boolean>) {
  const asking = ref(false)
  const kept = ref(true)
  /** It is asked because somebody signs out. */
  const loggingOut = ref(false)
  let agreed = false
  let answered: ((how: Leaving) => void) | null = null

  function answer(how: Leaving): void {
    asking.value = false
    answered?.(how)
    answered = null
  }

  async function mayLeave(out = false): Promise<boolean> {
    if (!unsaved()) return true
    answered?.('stay')
    loggingOut.value = out
    kept.value = keep()
    asking.value = true
    const how = await new Promise<Leaving>((resolve) => (answered = resolve))
    return how === 'keep' || (how === 'save' && (await save()))
  }

  askBeforeLogOut(async () => (agreed = await mayLeave(true)), () => (unsaved() ? session() : ''))
  // whose login is over signs in again and finds the text
  onBeforeRouteLeave((to) => to.path === '/login' || mayLeave())
  onBeforeRouteUpdate((to, from) => to.path === from.path || mayLeave())
  askBeforeClosing(() => unsaved() && !agreed) // signing out may lead to another site
  onScopeDispose(() => answer('stay'))
  return { asking, kept, loggingOut, answer, mayLeave }
}
