/** Cases, permissions, the evidence log and files handed over; the tablet of a room needs none of it either. */

import access from './en-access'
import ofCase from './en-case'
import casePeople from './en-case-people'
import words from './en-case-words'
import cases from './en-cases'
import account from './en-account'
import acts from './en-desktop-acts'
import error from './en-desktop-errors'
import difference from './en-difference'
import entries from './en-entries'
import exhibit from './en-kept-exhibits'
import handover from './en-handover'
import log from './en-log'
import receipt from './en-receipt'
import search from './en-search'
import type zh from './zh-CN-desktop'
import type { SameKeys } from './same-keys'

/** Of a document in the list of a case, and the way back from its page. */
const record = { toCase: 'Back to the case', state: { made: 'To be signed', signed: 'Signed', refused: 'Not signed, noted', replaced: 'Newer version' } }

const en: SameKeys<typeof zh> = { access, acts, audit: entries, case: ofCase, compare: difference, error, exhibit, handover, log, record, signIn: account, tablet: receipt, words, ...casePeople, ...cases, ...search }
export default en
