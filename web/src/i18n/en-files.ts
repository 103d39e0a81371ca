/** Words of interviews, records and exhibits; the wall needs none of it. */

import caseActs from './en-case-acts'
import desk from './en-desk'
import fileErrors from './en-file-errors'
import exhibits from './en-exhibits'
import elsewhere from './en-elsewhere'
import record from './en-record'
import words from './en-words'
import type zh from './zh-CN-files'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = { acts: caseActs, desk, elsewhere, error: fileErrors, exhibit: exhibits, record, ...words }
export default en
