/** Words of the page, Chinese first. Roles and causes are those of the log. */
const WORDS = {
  'zh-CN': {
    title: '并排播放', lead: '本页只供观看，不能证明任何内容。',
    note: '有无更改、有无缺失，请在本目录运行 python3 verify.py，或按 VERIFY.txt 用通用命令核验。',
    comma: '，', language: 'English', dark: '深色', light: '浅色', play: '播放', pause: '暂停', back: '退 5 秒', forward: '进 5 秒',
    speed: '速度', keys: '快捷键', close: '知道了', timeline: '时间轴', waiting: '正在读取', ended: '已到末尾',
    hear: '听', hearing: '在听', only: '只有声音', none: '这时没有录制', missing: '文件不在包内或不能播放',
    before: '尚未开始', after: '已经结束', gap: '缺口', pausing: '申明暂停', withheld: '未提供', late: '补录', derived: '派生件，非原始录像', derivedShort: '派生',
    noWords: '没有识别出文字', recorded: '录制', prompt: '提示', mark: '标记', part: '单路（声音或画面）',
    machine: '文字由机器识别，以录音录像为准',
    roles: { interviewer: '询问人', interviewee: '被询问人', clerk: '记录人', lawyer: '律师', guardian: '法定代理人', interpreter: '翻译', unknown: '未知' },
    causes: { network: '网络', publisher: '设备', disconnect: '断开', stall: '没有数据', disk: '磁盘', recorder: '录制程序', lawyer: '律师会见', medical: '就医' },
    tracks: { audio: '声音', video: '画面' },
    marks: { 'prompt.issued': '提示', 'device.held': '已按暂停，中心未收到，本机停发', marker: '标记', 'marker.withdrawn': '撤回标记', 'marker.added': '标记', 'exhibit.shown': '出示', 'exhibit.removed': '收起', 'notice.read': '权利告知', 'page.signed': '签页', 'page.signed_late': '补签', 'signer.corrected': '更正在场人员', 'document.signed': '签署', 'sign.refused': '未签名', 'notice.signed': '签收告知书', 'notice.unsigned': '未签收告知书' },
    steps: { shown: '已显示', acknowledged: '已问', declined: '暂不问', answered: '已答', withdrawn: '已撤回' },
    help: [['空格', '播放或暂停'], ['← →', '退、进 5 秒'], ['Shift + ← →', '退、进 1 秒'], ['↑ ↓', '快些、慢些'], ['Home End', '开头、末尾'], ['1 至 9', '听第几路'], ['0', '全部静音']],
  },
  en: {
    title: 'Side by side', lead: 'This page is for viewing only and proves nothing.',
    note: 'Whether anything was altered or is missing: run python3 verify.py in this folder, or follow VERIFY.txt with stock commands.',
    comma: ', ', language: '中文', dark: 'Dark', light: 'Light', play: 'Play', pause: 'Pause', back: 'Back 5 s', forward: 'Forward 5 s',
    speed: 'Speed', keys: 'Keys', close: 'Close', timeline: 'Timeline', waiting: 'Reading', ended: 'At the end',
    hear: 'Listen', hearing: 'Listening', only: 'Sound only', none: 'Nothing recorded at this time', missing: 'Not in the package, or cannot be played',
    before: 'Not begun yet', after: 'Over', gap: 'Gap', pausing: 'Declared pause', withheld: 'Withheld', late: 'Late', derived: 'Derived work, not the recording', derivedShort: 'Derived',
    noWords: 'No words recognised', recorded: 'Recorded', prompt: 'Prompt', mark: 'Mark', part: 'One track (sound or picture)',
    machine: 'Words recognised by machine; the recording decides',
    roles: { interviewer: 'Interviewer', interviewee: 'Interviewee', clerk: 'Clerk', lawyer: 'Lawyer', guardian: 'Guardian', interpreter: 'Interpreter', unknown: 'Unknown' },
    causes: { network: 'network', publisher: 'device', disconnect: 'disconnected', stall: 'no data', disk: 'disk', recorder: 'recorder', lawyer: 'lawyer', medical: 'medical' },
    tracks: { audio: 'sound', video: 'picture' },
    marks: { 'prompt.issued': 'Prompt', 'device.held': 'Pause pressed, centre away, device sent nothing', marker: 'Marker', 'marker.withdrawn': 'Marker taken back', 'marker.added': 'Marker', 'exhibit.shown': 'Exhibit shown', 'exhibit.removed': 'Exhibit removed', 'notice.read': 'Rights notice', 'page.signed': 'Page signed', 'page.signed_late': 'Signed after the end', 'signer.corrected': 'Attendance put right', 'document.signed': 'Signed', 'sign.refused': 'Not signed', 'notice.signed': 'Notice signed', 'notice.unsigned': 'Notice not signed' },
    steps: { shown: 'shown', acknowledged: 'asked', declined: 'not now', answered: 'answered', withdrawn: 'withdrawn' },
    help: [['Space', 'Play or pause'], ['← →', 'Back, forward 5 s'], ['Shift + ← →', 'Back, forward 1 s'], ['↑ ↓', 'Faster, slower'], ['Home End', 'Start, end'], ['1 to 9', 'Listen to that source'], ['0', 'All silent']],
  },
}
let locale = 'zh-CN'
/** A word of the page in the chosen language. */
const word = (key) => WORDS[locale][key]
/** A word of a table, or the log's own when there is none. */
const named = (table, key) => (Object.hasOwn(WORDS[locale][table], key) ? WORDS[locale][table][key] : key)
