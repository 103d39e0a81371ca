import type zh from './zh-CN-sign-in'
import type { SameKeys } from './same-keys'

const words: SameKeys<typeof zh> = {
  title: 'My account',
  byPasskey: 'Sign in with a passkey',
  byOutside: 'Sign in with {name}',
  otherAccount: 'Another account',
  code: 'One-time code',
  codeHint: 'The 6 digits of the app on your phone; without the phone, one of your recovery codes.',
  place: {
    address: 'A passkey belongs to a name, never to an IP address. Open this page by the name of the centre (https://name) to add or use one.',
    name: 'Passkeys work only under the proper name of the centre. Open this page by the address your agency gives out.',
    https: 'Passkeys need this page to be opened by https.',
    browser: 'This browser has no passkeys.',
  },
  change: {
    why: {
      short: 'Too short: at least 10 characters',
      long: 'Too long: at most 256 characters',
      common: 'Too common, easily guessed',
      name: 'It holds your name or account',
      repeated: 'Only repeated or consecutive characters',
      same: 'The same as now',
    },
  },
}
export default words
