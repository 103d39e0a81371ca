/** 权限、存证日志和补录的用语：询问室平板也不用。 */

import access from './zh-CN-access'
import audit from './zh-CN-audit'
import handover from './zh-CN-handover'

export default { access, audit, handover }
