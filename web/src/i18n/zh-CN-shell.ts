/** 各页共有的外框：顶栏、面包屑、快捷面板。 */

export default {
  shell: {
    areas: '功能区',
    area: { cases: '案件', rooms: '询问室', search: '检索', handover: '交接', audit: '审计', admin: '管理' },
    crumb: '当前位置',
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
