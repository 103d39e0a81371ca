/** 系统管理：账号、角色、房间、设备、模板、设置、初次启用。 */

export default {
  admin: {
    parts: '管理页面',
    group: { start: '概况', people: '人员', places: '现场', content: '内容', running: '运行' },
    part: {
      home: { name: '管理概况', lead: '先看需要处理的事，再看各处现状。' },
      setUp: { name: '初次启用', lead: '从空机到一份核验过的试录，按步骤来；每一步都可以离开，回来接着做。' },
      accounts: { name: '账号', lead: '谁能登录、做什么、看哪些案件。账号只停用，不删除。' },
      roles: { name: '角色与权限', lead: '每种角色能做的事。服务器按这张表逐项检查。' },
      rooms: { name: '房间', lead: '询问室和现场，各有哪些设备，现在在做什么。' },
      sources: { name: '设备', lead: '摄像机、记录仪、无人机、检测仪。扫码登记，可随时收回。' },
      templates: { name: '模板', lead: '笔录的格式和常用的中性问法。' },
      settings: { name: '设置', lead: '每一项的含义、默认值和现值，以及从哪里来。' },
    },
  },
}
