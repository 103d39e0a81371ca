/** 询问室平板、封存回执和回执查验各页。 */

import tablet from './zh-CN-room'

export default { tablet }
