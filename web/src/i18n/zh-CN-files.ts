/** 案卷、权限、核验、笔录、回放和补录各页；指挥台不用。 */

import caseActs from './zh-CN-case-acts'
import ofCase from './zh-CN-case'
import cases from './zh-CN-cases'
import checks from './zh-CN-checks'
import desk from './zh-CN-desk'
import difference from './zh-CN-difference'
import fileErrors from './zh-CN-file-errors'
import exhibits from './zh-CN-exhibits'
import elsewhere from './zh-CN-elsewhere'
import log from './zh-CN-log'
import record from './zh-CN-record'
import search from './zh-CN-search'
import words from './zh-CN-words'

export default { acts: caseActs, case: ofCase, checks, compare: difference, desk, elsewhere, error: fileErrors, exhibit: exhibits, log, record, ...search, ...words, ...cases }
