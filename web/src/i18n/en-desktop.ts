/** Permissions, the evidence log and files handed over; the tablet of a room needs none of it either. */

import access from './en-access'
import audit from './en-audit'
import handover from './en-handover'
import type zh from './zh-CN-desktop'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { access, audit, handover }
export default en
