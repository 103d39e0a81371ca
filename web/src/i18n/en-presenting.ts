/** Where exhibits are presented: renaming, withdrawing and restoring; that one was withdrawn is said elsewhere too. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-presenting'

const en: SameKeys<typeof zh> = {
  error: {
    exhibit_on_screen: 'A screen shows this exhibit now; take it away before it is withdrawn',
  },
  exhibit: {
    change: {
      name: 'Name',
      former: 'Called before: {names}',
      stays: 'What was shown before keeps the name it had then.',
      rename: 'Rename',
      withdraw: 'Withdraw',
      ask: 'It can be shown no more then. Its number, its file and what was shown of it stay, and it can be restored.',
      reason: 'Why it is withdrawn',
      why: { wrong: 'Added by mistake', twice: 'Added twice', private: 'Holds personal data of no concern here' },
      restore: 'Restore',
    },
  },
}
export default en
