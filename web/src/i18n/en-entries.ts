/** What pages of logs share: what each kind of entry is called. */

import kinds from './en-kinds'
import type { SameKeys } from './same-keys'
import type zh from './zh-CN-entries'

const en: SameKeys<typeof zh> = {
  cannotLoad: 'Did not load',
  proof: { bytes: '{n} bytes' },
  kinds,
}

export default en
