/** Invitations of accounts, before signing in. */

import type zh from './zh-CN-invitation'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  invitation: {
    title: 'Set your password',
    hello: '{name}, please set your password',
    account: 'Sign-in name {account}',
    password: 'Password',
    again: 'Once more',
    rule: 'At least 10 characters, without your name; a long sentence is better than odd symbols.',
    differ: 'The two differ',
    save: 'Set password',
    done: 'Your password is set',
    toLogin: 'To the sign-in page',
    over: 'The invitation has been used or is over',
    overText: 'Please ask the administrator for a new one.',
  },
}
export default en
