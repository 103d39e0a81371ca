/** 案卷、权限、核验、笔录、回放和补录各页；指挥台不用。 */

import access from './zh-CN-access'
import admin from './zh-CN-admin'
import audit from './zh-CN-audit'
import ofCase from './zh-CN-case'
import cases from './zh-CN-cases'
import check from './zh-CN-check'
import checks from './zh-CN-checks'
import handover from './zh-CN-handover'
import log from './zh-CN-log'
import record from './zh-CN-record'
import retention from './zh-CN-retention'
import review from './zh-CN-review'
import room from './zh-CN-room'
import words from './zh-CN-words'

export default { access, audit, case: ofCase, check, checks, handover, log, record, retention, review, tablet: room, ...words, ...cases, ...admin }
