/** 结束之后在笔录上注明的更正和补签；随笔录页一起来，询问室里没有。 */

export default {
  record: {
    later: {
      why: '为什么结束后才签',
      lead: '这次已经结束，执法人员可以补签：用本人账号和密码。补签的时间和原因写在签名下面，也写进存证日志。',
      nobody: '这次已经结束，本人和其他在场人员不能再签。没有签名的，写明原因。',
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
  error: {
    place_signed: '这一处已经签过，签过的不能改',
    signed_by_person: '本人已在一份笔录上签名，请完成那一份',
  },
}
