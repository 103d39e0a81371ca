/** 示证：材料、各室示证屏、示证屏自己的几句话。 */
export default {
  title: '示证',
  screen: '示证屏',
  clip: {
    controls: '播放片段',
    run: '播放',
    hold: '暂停',
    place: '播放位置',
    of: '{at} / {length}',
    hear: '打开声音',
  },
  kinds: { picture: '图片', document: '电子文档', moment: '录像瞬间', map: '位置图', clip: '录像片段' },
  numberBy: '证据{n}，由{name}出示',
  recording: '正在录音录像',
  recordingAll: '全程记录，画面与声音都会保存',
  idle: '需要出示材料时，会显示在这里。',
  wait: '请稍候',
  refused: { login_required: '示证屏还没有登录', forbidden: '这个账号不能打开示证屏', not_found: '没有这间询问室' },
  refusedText: '请询问人在这台设备上登录后再打开。',
  north: '北',
  m: '{n} 米',
  km: '{n} 千米',
}
