export default {
  title: '我的账号',
  byPasskey: '用通行密钥登录',
  byOutside: '用{name}登录',
  otherAccount: '换一个账号',
  code: '动态验证码',
  codeHint: '手机验证器上的 6 位数字；手机不在身边时，填一个备用码。',
  place: {
    address: '通行密钥认的是名称，不认数字地址。请用中心的名称打开本页，再添加或使用。',
    name: '通行密钥只能在中心的正式名称下使用。请用单位公布的地址打开本页。',
    https: '通行密钥须用加密连接打开本页。',
    browser: '这个浏览器不支持通行密钥。',
  },
  change: {
    why: {
      short: '太短，至少 10 个字符',
      long: '太长，最多 256 个字符',
      common: '太常见，容易被猜到',
      name: '含有姓名或账号',
      repeated: '只是重复或连续的字符',
      same: '和当前密码相同',
    },
  },
}
