/** On the tablet of a room, on the receipt it gives, and where a receipt is checked. */

import tablet from './en-room'
import type zh from './zh-CN-in-room'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { tablet }
export default en
