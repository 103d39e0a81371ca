/** Looking at recordings again, and the same time line on the page of a difference. */

import review from './en-review'
import type zh from './zh-CN-reviewing'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { review }
export default en
