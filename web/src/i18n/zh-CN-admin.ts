/** 系统管理：各页的名称，和受邀设密码的页。 */

export default {
  admin: {
    parts: '管理页面',
    group: { start: '概况', people: '人员', places: '现场', content: '内容', running: '运行' },
    part: {
      home: { name: '管理概况', lead: '账号、房间、设备和运行，各在一处。' },
      setUp: { name: '初次启用', lead: '从空机到一份核验过的试录，按步骤来；每一步都可以离开，回来接着做。' },
      accounts: { name: '账号', lead: '谁能登录、做什么、看哪些案件。账号只停用，不删除。' },
      roles: { name: '角色与权限', lead: '每种角色能做的事。服务器按这张表逐项检查。' },
      rooms: { name: '房间', lead: '询问室和现场，各有哪些设备，现在在做什么。' },
      sources: { name: '设备', lead: '摄像机、记录仪、无人机、检测仪。扫码登记，可随时收回。' },
      templates: { name: '模板', lead: '权利义务告知书、核实点模板、笔录的格式、常用的中性问法和措辞提示。' },
      health: { name: '运行状态', lead: '每个进程、队列和时钟现在怎样，实时更新。' },
      storage: { name: '存储', lead: '磁盘还剩多少、被什么占用、还能录多久。' },
      keys: { name: '密钥与见证', lead: '签署和加密用的密钥、证书何时到期，谁在见证。' },
      models: { name: '模型', lead: '装了哪些模型、用在哪里，文件是否还是原来的。' },
      outside: { name: '统一登录', lead: '用单位自己的账号登录，谁对应哪个账号。' },
      log: { name: '系统日志', lead: '账号、角色、设置、密钥等不属于任何案件的记录，逐条可验。' },
      settings: { name: '设置', lead: '每一项的含义、默认值和现值；有的可以在这里改。' },
    },
  },
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
