/** 示证页：材料更名、撤回和恢复；已撤回怎么说，别处也用，不在这里。 */

export default {
  error: {
    exhibit_on_screen: '示证屏正在显示这份材料，请先收起再撤回',
  },
  exhibit: {
    change: {
      name: '名称',
      former: '曾用名：{names}',
      stays: '此前的示证记录仍用当时的名称。',
      rename: '更名',
      withdraw: '撤回',
      ask: '撤回后不能再示证；编号、文件和此前的示证记录都保留，可以恢复。',
      reason: '撤回理由',
      why: { wrong: '添加有误', twice: '重复添加', private: '含与本案无关的个人信息' },
      restore: '恢复',
    },
  },
}
