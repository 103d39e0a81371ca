/** What `/api/account` says. */
export interface Passkey {
  id: string
  name: string
  host: string
  created_us: number
  used_us: number | null
}

export interface OwnLogin {
  id: string
  current: boolean
  created_us: number
  expires_us: number
  address: string
  agent: string
  method: 'password' | 'code' | 'recovery' | 'passkey'
}

export interface AccountSecurity {
  account: string
  name: string
  role: string
  passkeys: Passkey[]
  passkey_problem: '' | 'address' | 'name' | 'https'
  codes: boolean
  recovery_left: number
  required: boolean
  missing: boolean
  logins: OwnLogin[]
}
