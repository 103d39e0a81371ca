/** Keeps a list of a component as it is on the server; see `changes.ts`. */

import { effectScope, onScopeDispose, ref, watch } from 'vue'
import { serverNowUs } from '@/base/clock'
import { forgetAccount, refreshAccount } from '@/api/account'
import { websocketUrl } from '@/base/url'
import { router } from '@/router'
import { Changes } from './changes'
import type { Area } from './changes'
import type { Socket } from './connection'
import { takeJob } from './jobs'
import { unattended } from './unattended'

let shared: Changes | null = null

/** Since when lists are not told what changes (µs, the centre's clock); null: they are. */
export const unheardSince = ref<number | null>(null)
/** Desks on this page: they say themselves when the centre is away (`ConnectionBand`). */
export const desksHere = ref(0)

function changes(): Changes {
  if (shared) return shared
  const made = new Changes(
    {
      open: () => new WebSocket(websocketUrl('/ws')) as unknown as Socket,
      setTimer: (run, ms) => window.setTimeout(run, ms),
      clearTimer: (id) => window.clearTimeout(id),
      random: () => Math.random(),
    },
    (code) => {
      if (code !== 'login_required') return
      forgetAccount()
      void router.push({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
    },
    () => void refreshAccount(),
    takeJob,
    (heard) => (unheardSince.value = heard ? null : (unheardSince.value ?? serverNowUs())),
  )
  window.addEventListener('online', () => made.reconnectNow())
  effectScope(true).run(() => watch(unattended, (now) => made.introduce(now)))
  if (unattended.value) made.introduce(true)
  return (shared = made)
}

/** Tries at once instead of waiting out the back-off. */
export function hearAgain(): void {
  shared?.reconnectNow()
}

/** The same outside a component: `end` it when nobody looks any more. */
export function followLists(look: () => Promise<unknown>): () => void {
  return changes().follow([], '', look)
}

/** Calls `look` now and whenever one of these lists changes: of one case, or of any (`of` empty). */
export function useChanges(areas: readonly Area[], look: () => Promise<unknown>, of = ''): void {
  onScopeDispose(changes().follow(areas, of, look))
}
