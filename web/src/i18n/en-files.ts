/** On the pages of cases, permissions, verification, records, review and files handed over; the wall needs none of it. */

import access from './en-access'
import caseActs from './en-case-acts'
import audit from './en-audit'
import ofCase from './en-case'
import cases from './en-cases'
import checks from './en-checks'
import desk from './en-desk'
import difference from './en-difference'
import fileErrors from './en-file-errors'
import exhibits from './en-exhibits'
import elsewhere from './en-elsewhere'
import handover from './en-handover'
import log from './en-log'
import record from './en-record'
import review from './en-review'
import room from './en-room'
import search from './en-search'
import words from './en-words'
import type zh from './zh-CN-files'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { access, acts: caseActs, audit, case: ofCase, checks, compare: difference, desk, elsewhere, error: fileErrors, exhibit: exhibits, handover, log, record, review, tablet: room, ...search, ...words, ...cases }
export default en
