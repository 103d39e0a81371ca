/** On the pages of cases, permissions, verification, records, review and files handed over; the wall needs none of it. */

import access from './en-access'
import admin from './en-admin'
import audit from './en-audit'
import ofCase from './en-case'
import cases from './en-cases'
import check from './en-check'
import checks from './en-checks'
import handover from './en-handover'
import log from './en-log'
import record from './en-record'
import retention from './en-retention'
import review from './en-review'
import room from './en-room'
import words from './en-words'
import type zh from './zh-CN-files'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { access, audit, case: ofCase, check, checks, handover, log, record, retention, review, tablet: room, ...words, ...cases, ...admin }
export default en
