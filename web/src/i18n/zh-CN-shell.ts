/** 各页共有的外框：顶栏、面包屑、快捷面板。 */

export default {
  shell: {
    areas: '功能区',
    area: { cases: '案件', rooms: '询问室', search: '检索', handover: '交接', audit: '审计', admin: '管理' },
    crumb: '当前位置',
  },
  jobs: {
    title: '我的任务',
    count: '{n} 项进行中',
    new: '已完成',
    col: { kind: '任务', about: '案件', state: '状态', time: '时间' },
    kind: { verify: '核验', check: '核验导出包', export: '导出', derive: '遮挡副本', clip: '片段', measure: '测量存储', model: '校对模型' },
    running: '进行中，{n} %',
    done: '已完成',
    failed: '没有完成：{why}',
    ended: '已完成：{verdict}',
    good: '没有发现问题',
    bad: '发现问题',
    look: '查看',
    get: '下载：{what}',
    hint: '可以离开页面，任务会继续进行。列出七天内的。',
  },
  palette: {
    title: '快捷面板',
    placeholder: '找案件、页面，或输入要检索的话',
    search: '检索“{words}”',
    nothing: '没有找到',
    group: { search: '检索', cases: '案件', areas: '功能区', page: '本案', settings: '设置' },
    page: { case: '本案案卷', wall: '本案指挥台', words: '本案用词', audit: '本案核验与导出' },
  },
}
