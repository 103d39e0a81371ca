/** 添加手机和手机的列表；记录仪自己的页在另一份。 */

export default {
  add: {
    button: '添加手机',
    title: '添加手机',
    how: '用手机的相机扫这个二维码，再点“开始录制”。',
    name: '手机的名称',
    nameEn: '英文页面上的名称',
    namePlaceholder: '不填则自动编号',
    make: '生成二维码',
    again: '再加一台',
    valid: '{name}，还有 {span} 有效，只能用一次',
    expired: '二维码已过期，请重新生成',
    joined: '{name}已加入',
    certificate: '手机提示不安全时，先在手机上安装本中心的证书。',
    qr: '二维码，内容是加入案件的网址',
  },
  list: {
    title: '手机记录仪',
    col: { name: '手机', state: '状态', now: '电量和位置', invited: '邀请时间', joined: '加入时间' },
    none: '还没有手机加入。添加一台，它就成为现场的记录仪。',
    invited: '等待扫码',
    revoked: '已移出',
    revoke: '按住移出',
    battery: '电量 {n} %',
    place: '位置 {span}前，误差 {m} 米',
    seen: '{span}前报到',
  },
}
