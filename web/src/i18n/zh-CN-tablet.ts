export default {
  marker: {
    marked: '已标记 {time}',
    left: '{n}\u00a0秒后记入日志',
    kept: '{n} 个待送',
    note: '写一句备注（可不写）',
    send: '记入',
    undo: '撤销',
    words: { key: '要点', changed: '说法有变', check: '需要核实', mood: '情绪变化' },
    take: '撤回',
    takeNamed: '撤回 {time} 的标记',
    takeTitle: '撤回 {time} 的标记',
    why: { mistake: '误标', place: '位置不对', settled: '已经核实清楚' },
    whyOther: '其他原因',
    stays: '标记留在存证日志里，注明已撤回和原因。',
    gone: '{name} {time} 撤回，原因：{reason}',
  },
  time: {
    agency: '询问已达本机关规定的时长',
    night: '正在夜间询问，本机关规定此时不询问',
    hours: '累计询问已满 {n}\u00a0小时',
    before: '累计询问快满 {n}\u00a0小时，还有 {left}，{time} 到',
  },
}
