/** Accounts as the centre tells administrators of them, and the columns of their list. */

import type { Role } from '@/api/types'
import type { Column } from '@/components/list/list'

export const ROLES: readonly Role[] = ['manager', 'interviewer', 'auditor', 'administrator']

export interface AccountRow {
  id: string
  account: string
  name: string
  role: Role
  /** Number of the enforcement certificate; empty: none. */
  certificate: string
  rooms: string[]
  all_cases: boolean
  created_us: number
  last_login_us: number | null
  logins: number
  passkeys: number
  codes: boolean
  has_password: boolean
  invited_until_us: number | null
  disabled_us: number | null
  locked_until_us: number | null
  mine: boolean
}

export type Standing = 'active' | 'locked' | 'tries' | 'invited' | 'noPassword'

/** How an account stands, in one word. */
export function standingOf(one: AccountRow): Standing {
  if (one.disabled_us) return 'locked'
  if (one.locked_until_us) return 'tries'
  if (!one.has_password) return one.invited_until_us ? 'invited' : 'noPassword'
  return 'active'
}

type Translate = (key: string, named?: Record<string, unknown>) => string

export function factorsOf(one: AccountRow, t: Translate): string {
  if (one.passkeys) return t('accounts.passkeys', { n: one.passkeys })
  return one.codes ? t('accounts.codes') : t('accounts.noFactor')
}

export function accountColumns(t: Translate): Column<AccountRow>[] {
  const standings: Standing[] = ['active', 'locked', 'tries', 'invited', 'noPassword']
  return [
    { key: 'name', title: t('accounts.column.name'), value: (one) => one.name },
    { key: 'account', title: t('accounts.column.account'), value: (one) => one.account, hidden: true },
    { key: 'role', title: t('accounts.column.role'), type: 'choice', filter: true, value: (one) => one.role, words: (one) => t(`role.${one.role}`), choices: ROLES.map((value) => ({ value, words: t(`role.${value}`) })), width: '140px' },
    { key: 'reach', title: t('accounts.column.reach'), value: (one) => (one.role === 'administrator' ? 0 : one.all_cases ? 2 : 1), words: (one) => t(`accounts.reach.${one.role === 'administrator' ? 'none' : one.all_cases ? 'all' : 'own'}`), wideOnly: true, width: '160px' },
    { key: 'standing', title: t('accounts.column.standing'), type: 'choice', filter: true, value: standingOf, words: (one) => t(`accounts.standing.${standingOf(one)}`), choices: standings.map((value) => ({ value, words: t(`accounts.standing.${value}`) })), width: '150px' },
    { key: 'factor', title: t('accounts.column.factor'), value: (one) => factorsOf(one, t), wideOnly: true, width: '160px' },
    { key: 'last', title: t('accounts.column.last'), type: 'time', filter: true, value: (one) => one.last_login_us, width: '180px' },
  ]
}
