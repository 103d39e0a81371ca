/** 暂停与时钟。 */

export default {
  pause: {
    now: '律师暂停',
    nowHint: '声音和画面立即停录，实时画面遮住，计时照常',
    more: '其他原因，或只停一路',
    begin: '暂停',
    widen: '加停',
    resume: '恢复录制',
    state: '按令暂停',
    why: '暂停原因',
    whatLabel: '停什么',
    reason: { lawyer: '会见律师', medical: '就医', rest: '休息', other: '其他' },
    title: { lawyer: '律师暂停', medical: '就医暂停', rest: '休息暂停', other: '暂停中' },
    what: { both: '声音和画面', audio: '只停声音', video: '只停画面' },
    covers: { both: '声音和画面都不录', audio: '声音不录，画面照录', video: '画面不录，声音照录' },
    since: '{time} 起，{name}',
    keeps: '暂停的时长由每秒的记录证明。',
    line: '{title}：{what}',
    lineEnded: '{title}：{what}，共 {span}',
  },
  clocks: {
    offset: '时钟偏差 {value}',
    slow: '每小时慢 {n} 毫秒',
    fast: '每小时快 {n} 毫秒',
    skew: '声画偏差 {value}',
    ms: '{n} 毫秒',
    seconds: '{n} 秒',
    join: '，',
  },
}
