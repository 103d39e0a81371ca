/** 只在询问台和笔录各页：选房间、开始前核对，以及本机留存。 */

import checks from './zh-CN-checks'
import room from './zh-CN-room'

export default {
  tablet: room,
  checks,
  desk: { band: { held: '已按暂停，尚未告知中心', heldHint: '{what}：本机已停止发送和保存，恢复连接后即告知中心。', heldOthers: '室内其他设备可能仍在录。', keptHere: '网络中断，正在本机保存' }, stopSteps: { unsigned: '笔录还有 {n} 处没有签名，停止后不能再签' } },
  copy: {
    keeping: '网络中断，正在本机保存；恢复后自动补传',
    apart: '与中心断开，录音录像存在本机',
    backHint: '恢复后自动补传',
    here: '本机存有 {here}',
    hereLeft: '本机存有 {here}，还可存约 {left}',
    left: '可存约 {left}',
    held: '暂停中，本机也不保存',
    ready: '断网时自动在本机保存',
    little: '本机空间不多，断网时存不了多久',
    full: '本机存储已满，断网时无法在本机保存。请清理本机，或换一台',
    failed: '本机没有存上，断网期间的录音录像没有备份',
    missing: '这个浏览器不能在本机保存，断网期间的录音录像没有备份',
    waiting: '待补传 {n} 段，联网后自动补传',
    later: '待补传 {n} 段，中心暂不能收，稍后自动补传',
    signIn: '待补传 {n} 段，请当时那一室的询问人在本机登录',
    handing: '正在补传 {n} 段',
    size: '还有 {size}',
    receipt: '已补传 {span}（{from} 至 {to}）',
    receiptAt: '{time} 中心收存，记入日志，标明来自本机；断录仍如实列明',
    refused: '{n} 段没有被接收，仍在本机',
    save: '另存一段',
    remove: '从本机移除',
    removeSure: '移除后本机不再有这一段，文件已另存好了吗？',
    unread: '这一段在本机读不出来，没有存成文件',
    unreadSure: '没有存成文件，移除后本机不再有这一段，仍要移除吗？',
    refusedWhy: '请联系办案管理。',
  },
}
