/** 询问室平板和案卷各页都说的几个词。 */

export default {
  // of the same names as in the words of the desks: said on a tablet in a room too
  case: {
    notScheduled: '未约',
    inRoom: '在{room}',
    sealed: '已封存',
    documents: { col: { kind: '类别', time: '时间' } },
  },
  log: {
    verdict: {
      complete: '完整',
      complete_with_gaps: '完整，有已申明缺口',
      not_yet_witnessed: '完整，尚未全部见证',
      altered: '已更改',
      missing: '有缺失',
      unreadable: '读不出来',
    },
  },
  words: {
    leave: '有改动尚未保存，确定离开吗？',
    ask: { unsaved: '还有没保存的改动。', discard: '放弃改动', stay: '继续编写' },
  },
  checks: {
    why: { urgent: '情况紧急，先录后补', following: '第二名执法人员即将到场', device: '设备正在修复' },
  },
}
