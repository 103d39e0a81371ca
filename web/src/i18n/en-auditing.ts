/** On the auditor's pages: checks of packages and receipts, copies compared, how long things are kept. */

import audit from './en-audit'
import check from './en-check'
import retention from './en-retention'
import type { SameKeys } from './same-keys'
import type zh from './zh-CN-auditing'

const en: SameKeys<typeof zh> = { audit, check, retention }
export default en
