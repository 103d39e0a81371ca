/** Who is logged in on this page. */

import { readonly, ref } from 'vue'
import { ApiError, get, post } from './client'
import { usePasskey } from './passkey'
import type { RequestJson } from './passkey'
import type { Me } from './types'

const account = ref<Me | null>(null)
let asked: Promise<Me | null> | null = null

export const me = readonly(account)

/** Asks the centre once who is logged in; null when nobody is. */
export async function loadAccount(): Promise<Me | null> {
  asked ??= get<Me>('/api/me').then(
    (found) => (account.value = found),
    (error: unknown) => {
      asked = null
      if (error instanceof ApiError && error.status === 401) return (account.value = null)
      throw error
    },
  )
  return asked
}

function entered(found: Me): Me {
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
  account.value = null
  asked = null
}
