/** 核验各页：检查数据包与收据、两份对照、保存期限。 */

import audit from './zh-CN-audit'
import check from './zh-CN-check'
import retention from './zh-CN-retention'

export default { audit, check, retention }
