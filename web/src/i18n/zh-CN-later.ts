/** 结束之后在笔录上注明的更正和补签；随笔录页一起来，询问室里没有。 */

export default {
  record: {
    later: {
      never: '写错了，从未在场',
      wanted: '{role}{name}：存证日志里没有以这个身份在场，注明更正后才能存证',
      correct: '注明更正',
      title: '更正：{role}{name}',
      text: '笔录原样保留。更正、原因、姓名和时间写在这一处签名栏里，也写进存证日志。',
      struck: '{by} {time} 更正：{name}不在场，{reason}',
      changed: '{by} {time} 更正：{name}是{role}，{reason}',
      signed: '{name} {time} 补签：{reason}',
    },
  },
}
