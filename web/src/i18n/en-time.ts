/** Pauses, clocks and days. */

import type zh from './zh-CN-time'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  pause: {
    now: 'Lawyer pause',
    nowHint: 'Sound and picture stop being recorded at once, live pictures are covered, the clock goes on',
    more: 'Other reasons, or one track only',
    begin: 'Pause',
    widen: 'Pause this too',
    resume: 'Resume recording',
    state: 'Declared pause',
    why: 'Why',
    whatLabel: 'What',
    reason: { lawyer: 'Lawyer', medical: 'Medical', rest: 'Rest', other: 'Other' },
    title: { lawyer: 'Lawyer pause', medical: 'Medical pause', rest: 'Rest pause', other: 'Paused' },
    what: { both: 'Sound and picture', audio: 'Sound only', video: 'Picture only' },
    covers: { both: 'Neither sound nor picture is recorded', audio: 'Sound is not recorded, the picture is', video: 'The picture is not recorded, sound is' },
    since: 'since {time}, {name}',
    keeps: 'Its length is proved by an entry every second.',
    line: '{title}: {what}',
    lineEnded: '{title}: {what}, {span}',
  },
  day: {
    form: 'YYYY-MM-DD',
    wrong: 'Write it as 2026-11-30',
    choose: 'Choose a day: {what}',
    chooseHint: 'Choose a day',
    yearBack: 'Year before',
    monthBack: 'Month before',
    monthOn: 'Next month',
    yearOn: 'Next year',
    today: 'Today',
  },
  clocks: {
    offset: 'clock off by {value}',
    slow: '{n}\u00a0ms slow an hour',
    fast: '{n}\u00a0ms fast an hour',
    skew: 'sound against picture {value}',
    ms: '{n}\u00a0ms',
    seconds: '{n}\u00a0s',
    join: ', ',
  },
}

export default en
