/** 从录音录像留取瞬间和片段；询问室平板不用。 */

export default {
  keepMoment: '留取这一瞬间为证据',
  kept: '已留取为证据{n}',
  momentTitle: '{name} {time} 录像画面',
  clip: {
    keep: '留取片段为证据',
    title: '{name} {from} 至 {to} 录像片段',
    called: '名称',
    from: '起点',
    to: '终点',
    less: '提前 1\u00a0秒',
    more: '推后 1\u00a0秒',
    length: '长 {n}\u00a0秒',
    bounds: '，片段为 0.5 至 60\u00a0秒',
    holds: '由中心从已签名的录像重新编码制成，画面上标明是派生件；暂停和没有录到的部分不在其中。',
    make: '制作',
    making: '正在制作，录音录像优先，请稍候。',
  },
}
