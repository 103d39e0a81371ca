/** 案件页上的人员、核实点和房间；询问室平板不用。 */

export default {
  seats: {
    col: { room: '房间', sources: '设备' },
    people: {
      where: '现在哪里',
      rights: '权利告知',
      sessions: '询问次数',
      change: '更正{name}',
      remove: '移出案件',
      removed: '已把{name}移出案件',
      aliases: '别名，用顿号分开',
      changeNote: '更正后，已封存的询问和笔录仍用当时的写法。',
    },
    points: {
      differences: '差异',
      add: '添加',
      addTitle: '要核实什么',
      en: '英文写法',
      change: '改核实点“{point}”',
      retire: '不再核实',
      retired: '不再核实“{point}”',
      retiredList: '不再核实的 {n} 个',
      resume: '恢复',
      resumeNamed: '恢复“{point}”',
      kept: '已说的话仍在对照表里。',
    },
  },
  hours: {
    title: '累计询问',
    person: '累计询问 {span}，{n} 次',
  },
}
