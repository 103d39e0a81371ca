/** 回看，以及差异页里的同一条时间轴。 */

import review from './zh-CN-review'

export default { review }
