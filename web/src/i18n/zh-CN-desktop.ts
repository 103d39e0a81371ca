/** 案卷、权限、存证日志和补录的用语：询问室平板也不用。 */

import access from './zh-CN-access'
import ofCase from './zh-CN-case'
import casePeople from './zh-CN-case-people'
import words from './zh-CN-case-words'
import cases from './zh-CN-cases'
import account from './zh-CN-account'
import acts from './zh-CN-desktop-acts'
import error from './zh-CN-desktop-errors'
import difference from './zh-CN-difference'
import entries from './zh-CN-entries'
import exhibit from './zh-CN-kept-exhibits'
import handover from './zh-CN-handover'
import log from './zh-CN-log'
import receipt from './zh-CN-receipt'
import search from './zh-CN-search'

/** Of a document in the list of a case, and the way back from its page. */
const record = { toCase: '回到案件', state: { made: '待签名', signed: '已签名', refused: '未签名，已注明', replaced: '已有新稿' } }

export default { access, acts, audit: entries, case: ofCase, compare: difference, error, exhibit, handover, log, record, signIn: account, tablet: receipt, words, ...casePeople, ...cases, ...search }
