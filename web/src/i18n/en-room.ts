/** What the tablet of a room says; words of markers and times are of the wall as well, see en-tablet. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-room'

const en: SameKeys<typeof zh> = {
  choose: {
    title: 'Choose a room',
    open: 'open for {span}',
    free: 'not started',
    nobody: 'Nobody to be questioned yet',
    none: 'There is no room for you',
    noneText: 'It appears here once the lead of a case gives the case a room and names you as one of its officers.',
    more: '{n} cases are listed; open the others from their own pages.',
    other: 'Other room',
  },
  receipt: {
    open: 'Receipt',
  },
  state: {
    ok: '● Recording',
    pause: '‖ Paused',
    act: '! Not recording',
    differ: '△ Cut off from the centre',
    kept: '△ Kept on this tablet',
    plain: '○ Not recording',
  },
  reason: {
    other: 'Another reason',
    write: 'Say why',
    give: 'Use this',
  },
  strip: {
    prompt: '{n} prompt waits to be read | {n} prompts wait to be read',
    handed: 'take the tablet back first',
    look: 'Look',
  },
  size: {
    assumed: 'Sized to be read from 2 m, for a screen of usual density',
    told: 'Sized to be read from 2 m, screen {n} mm wide',
    change: 'Set the screen',
    title: 'Width of the screen',
    card: 'Hold a bank card or identity card against the screen and make the box as wide',
    cardHere: 'Bank card or identity card',
    slide: 'Width of the card',
    narrower: 'Narrower',
    wider: 'Wider',
    fits: 'As wide as the card',
    orUsual: 'Or pick the screen by its size, or measure it',
    point: 'Size of the screen',
    pointWhy: 'Not measured on this device yet; prompts are sized by a guess',
    measure: 'Measure it',
    waive: 'No need',
    why: 'Prompts are read from two metres. The browser does not know how large the screen is; say it once, and this device remembers.',
    inch: '{inch} in ({n} mm)',
    measured: 'Width of the screen as measured, 120 to 800 mm',
    now: 'Size now: {n} points',
    forget: 'Back to the usual',
    keep: 'Remember',
  },
  climate: {
    title: 'Room',
    temp: '{n} ℃',
    humidity: 'humidity {n} %',
    old: 'reading of {time}',
  },
}

export default en
