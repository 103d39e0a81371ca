/** The own account: what one signs in with, and where one is signed in. */

import type zh from './zh-CN-account'
import type { SameKeys } from './same-keys'

const words: SameKeys<typeof zh> = {
  missing: 'Your role needs a second factor. Add a passkey or set up one-time codes; nothing else opens before.',
  lead: 'Changing how you sign in asks for the password again; each change stands in the evidence log, without any secret.',
  password: 'Current password',
  go: 'Continue',
  done: 'Done',
  passkeys: {
    title: 'Passkeys',
    text: 'Sign in with the fingerprint, face or PIN of your phone or computer, without a password.',
    none: 'No passkeys yet',
    add: 'Add a passkey',
    name: 'A name you will recognise',
    sample: 'e.g. Office computer',
    remove: 'Remove',
    removing: 'Remove “{name}”',
    made: 'added {date}, {host}',
    used: 'last used {date}',
    cancelled: 'Nothing was added; the browser\'s dialog was closed',
  },
  codes: {
    title: 'One-time codes',
    text: 'After the password, type the 6 digits of an app on your phone.',
    on: 'in use',
    off: 'not in use',
    start: 'Set up',
    stop: 'Turn off',
    scan: 'Scan this with the app on your phone, then type the 6 digits it shows.',
    manual: 'If you cannot scan, type this in:',
    confirm: 'Confirm',
    left: '{n} recovery codes left',
    renew: 'New recovery codes',
  },
  recovery: {
    title: 'Recovery codes',
    text: 'When the phone is lost, one of these stands for a code, each once. They are shown only now: write them down or print them, and keep them safe.',
    kept: 'I have kept them',
  },
  change: {
    title: 'Change password',
    fresh: 'New password',
    again: 'New password again',
    rule: 'At least 10 characters. A sentence is fine; no names, no account, nothing common. Every other login ends.',
    submit: 'Change password',
    differ: 'The two new passwords differ',
  },
  logins: {
    title: 'Where I am signed in',
    current: 'here',
    from: 'since {date} {time}',
    end: 'End',
    endOthers: 'End all others',
    only: 'Only here',
    method: { password: 'password', code: 'password and code', recovery: 'recovery code', passkey: 'passkey', oidc: 'agency sign-in', oidc_factor: 'agency sign-in with second factor', oidc_code: 'agency sign-in and code', oidc_recovery: 'agency sign-in and recovery code' },
    unknown: 'Unknown device',
  },
}
export default words
