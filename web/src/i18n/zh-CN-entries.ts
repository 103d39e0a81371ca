/** 存证日志各页共用：各种记录怎么称呼。 */

import kinds from './zh-CN-kinds'

export default {
  cannotLoad: '没有载入',
  proof: { bytes: '{n} 字节' },
  kinds,
}
