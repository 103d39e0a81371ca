/** 离开指挥台和询问室之后：还有报警、与中心断开。 */

export default {
  toWall: '去指挥台处理',
  toRoom: '去询问室处理',
  toCase: '查看案件',
  aside: '先收起',
  asideOf: '先收起（共 {n} 个）',
  asideHint: '报警没有确认，只是在这里收起；有新的报警会再展开',
  waits: '{n} 个报警待确认',
  away: '与中心的连接已断开',
  awaySince: '{time} 起，本页内容可能不是最新，正在重连…',
}
