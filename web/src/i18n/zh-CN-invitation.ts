/** 账号邀请，登录前的页面。 */

export default {
  invitation: {
    title: '设置密码',
    hello: '{name}，请设置您的密码',
    account: '登录名 {account}',
    password: '密码',
    again: '再输一遍',
    rule: '至少 10 个字符，不含姓名和登录名；长句子比怪符号好。',
    differ: '两遍不一样',
    save: '设为密码',
    done: '密码已设好',
    toLogin: '去登录',
    over: '邀请已用过或已过期',
    overText: '请管理员重新发一份。',
  },
}
