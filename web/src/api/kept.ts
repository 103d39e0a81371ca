/**
 * What a person keeps for their screens (views of lists, layouts of the wall): on the centre, by
 * account, so that it is there on another computer; and in this browser, where pages read it at once.
 *
 * 1. Signing in brings the centre's texts here; they win over those of this browser, but for changes
 *    that have not been sent yet: these are sent now.
 * 2. A change is kept here at once and sent a moment later. Where the centre does not take it, it
 *    holds in this browser and is sent with the next change or the next signing in.
 */

import { get, post } from './client'

const SEND_MS = 800
const FIRST_MS = 1_500
const PREFIX = 'duizhi.kept.'
const UNSENT = 'duizhi.unsent.'

let account = ''
const waiting = new Map<string, number>()

const keyOf = (name: string): string => `${PREFIX}${account}.${name}`
const unsentOf = (name: string): string => `${UNSENT}${account}.${name}`

/** Text kept under a name; null: none, or nobody is signed in. */
export function readKept(name: string): string | null {
  try {
    return account ? localStorage.getItem(keyOf(name)) : null
  } catch {
    return null
  }
}

/** Keeps a text; an empty one is dropped. */
export function keep(name: string, text: string): void {
  if (!account) return
  try {
    if (text) localStorage.setItem(keyOf(name), text)
    else localStorage.removeItem(keyOf(name))
    localStorage.setItem(unsentOf(name), '1')
  } catch {
    // full or forbidden: the centre keeps it all the same
  }
  window.clearTimeout(waiting.get(name))
  const send = (): void => {
    waiting.delete(name)
    const sent = unsentOf(name)
    void post('/api/me/kept', { name, text }).then(
      () => { if (!waiting.has(name)) localStorage.removeItem(sent) },
      () => undefined, // rule 2
    )
  }
  waiting.set(name, window.setTimeout(send, SEND_MS))
}

/** Brings what the centre keeps for this account; a centre that is slow is not waited for. */
export async function bringKept({ id, account: name }: { id: string; account: string }): Promise<void> {
  account = id
  const brought = get<{ kept: Record<string, string> }>('/api/me/kept').then(({ kept }) => {
    if (account !== id) return
    for (const [name, text] of Object.entries(kept)) {
      if (!waiting.has(name) && localStorage.getItem(unsentOf(name)) === null) localStorage.setItem(keyOf(name), text)
    }
  })
  const unsent = Object.keys(localStorage).filter((one) => one.startsWith(unsentOf('')))
  for (const name of unsent.map((one) => one.slice(unsentOf('').length))) keep(name, readKept(name) ?? '')
  const late = new Promise<void>((resolve) => window.setTimeout(resolve, FIRST_MS))
  await Promise.race([brought, late]).catch(() => undefined)
  takeOver(`duizhi.views.${name}.`, 'views.')
  takeOver(`duizhi.wall.${id}.`, 'wall.')
}

/** What earlier versions kept in this browser only goes to the account, once. */
function takeOver(from: string, to: string): void {
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(from))) {
    const name = to + key.slice(from.length)
    if (readKept(name) === null) keep(name, localStorage.getItem(key) ?? '')
    localStorage.removeItem(key)
  }
}

export function forgetKept(): void {
  account = ''
}
