/** Who is logged in on this page. */

import { readonly, ref } from 'vue'
import { serverNowUs } from '@/base/clock'
import { ApiError, askAhead, get, post } from './client'
import { remember, wasHere } from './here'
import { bringKept, forgetKept } from './kept'
import { usePasskey } from './passkey'
import type { RequestJson } from './passkey'
import { sweepTablet } from './tablet'
import type { CaseDetail, Me, Role } from './types'

const account = ref<Me | null>(null)
let asked: Promise<Me | null> | null = null

export const me = readonly(account)

/** The role one has in a case: that of the membership, where it is another than the account's. */
export function roleIn(of: string): Role | undefined {
  return account.value?.roles?.[of] ?? account.value?.role
}

/** Whether one may do something in a case, as the centre says with it; nothing before it is known. */
export function mayIn(detail: CaseDetail | null | undefined, action: string): boolean {
  return detail?.may?.includes(action) ?? false
}

/** The same, where it is new work, which a closed case takes none of. */
export function mayAddIn(detail: CaseDetail | null | undefined, action: string): boolean {
  return (detail?.state ?? 'open') === 'open' && mayIn(detail, action)
}

/** Asks the centre once who is logged in; null when nobody is. */
export async function loadAccount(): Promise<Me | null> {
  asked ??= askWho()
  return asked
}

async function askWho(): Promise<Me | null> {
  if (wasHere()) askAhead('/api/me/kept')
  try {
    return await entered(await get<Me>('/api/me'))
  } catch (error) {
    asked = null
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    remember(false)
    return (account.value = null)
  }
}

/** Asks again who is logged in and with which roles; a page that is cut off keeps what it knew. */
export async function refreshAccount(): Promise<void> {
  const before = account.value
  const found = await get<Me>('/api/me').catch(() => null)
  if (!found || !before || account.value?.id !== found.id) return
  account.value = found
  asked = Promise.resolve(found)
}

async function entered(found: Me): Promise<Me> {
  remember(true)
  sweepTablet(serverNowUs())
  await bringKept(found)
  account.value = found
  asked = Promise.resolve(found)
  return found
}

export async function logIn(name: string, password: string): Promise<Me> {
  return entered(await post<Me>('/api/login', { account: name, password }))
}

/** The second step of a login, with the ticket the first was answered with. */
export async function logInByCode(ticket: string, code: string): Promise<Me> {
  return entered(await post<Me>('/api/login/code', { ticket, code }))
}

/** Log in with a passkey; null when the person closed the browser's dialog. */
export async function logInByPasskey(): Promise<Me | null> {
  const begun = await post<{ ticket: string; options: RequestJson }>('/api/login/passkey/begin')
  const credential = await usePasskey(begun.options)
  if (!credential) return null
  return entered(await post<Me>('/api/login/passkey', { ticket: begun.ticket, credential }))
}

/** Logs out; the provider's own logout page where the browser is to go there next. */
export async function logOut(): Promise<string> {
  try {
    return (await post<{ next: string } | undefined>('/api/logout'))?.next ?? ''
  } finally {
    forgetAccount()
  }
}

export function forgetAccount(): void {
  remember(false)
  sweepTablet(serverNowUs(), true)
  forgetKept()
  account.value = null
  asked = null
}
