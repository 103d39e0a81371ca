/** 询问、笔录和示证的用语；指挥台不用。 */

import caseActs from './zh-CN-case-acts'
import desk from './zh-CN-desk'
import fileErrors from './zh-CN-file-errors'
import exhibits from './zh-CN-exhibits'
import elsewhere from './zh-CN-elsewhere'
import record from './zh-CN-record'
import words from './zh-CN-words'

export default { acts: caseActs, desk, elsewhere, error: fileErrors, exhibit: exhibits, record, ...words }
