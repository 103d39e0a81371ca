/** Who is logged in on this page. */

import { readonly, ref } from 'vue'
import { ApiError, get, post } from './client'
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

export async function logIn(name: string, password: string): Promise<Me> {
  const found = await post<Me>('/api/login', { account: name, password })
  account.value = found
  asked = Promise.resolve(found)
  return found
}

export async function logOut(): Promise<void> {
  try {
    await post('/api/logout')
  } finally {
    forgetAccount()
  }
}

export function forgetAccount(): void {
  account.value = null
  asked = null
}
