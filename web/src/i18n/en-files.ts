/** On the pages of cases, permissions, verification, records, review and files handed over; the wall needs none of it. */

import caseActs from './en-case-acts'
import ofCase from './en-case'
import cases from './en-cases'
import checks from './en-checks'
import desk from './en-desk'
import difference from './en-difference'
import fileErrors from './en-file-errors'
import exhibits from './en-exhibits'
import elsewhere from './en-elsewhere'
import log from './en-log'
import record from './en-record'
import search from './en-search'
import words from './en-words'
import type zh from './zh-CN-files'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { acts: caseActs, case: ofCase, checks, compare: difference, desk, elsewhere, error: fileErrors, exhibit: exhibits, log, record, ...search, ...words, ...cases }
export default en
