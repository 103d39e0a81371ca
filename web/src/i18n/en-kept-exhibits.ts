/** Moments and clips kept of a recording; the tablet of a room keeps none. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-kept-exhibits'

const en: SameKeys<typeof zh> = {
  keepMoment: 'Keep this moment as an exhibit',
  kept: 'Kept as exhibit {n}',
  momentTitle: '{name}, {time}, picture',
  clip: {
    keep: 'Keep a clip as an exhibit',
    title: '{name}, clip {from} to {to}',
    called: 'Title',
    from: 'Start',
    to: 'End',
    less: '1\u00a0s earlier',
    more: '1\u00a0s later',
    length: '{n}\u00a0s long',
    bounds: '; a clip has 0.5 to 60\u00a0s',
    holds: 'The centre makes it from the signed recording by encoding it again, and every picture says so; pauses and what was not recorded are not in it.',
    make: 'Make the clip',
    making: 'Making it; recording goes first, please wait.',
  },
}

export default en
