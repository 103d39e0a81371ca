/** Exhibits: what there is, showing it, and the screens of the rooms; the words of a screen itself stand apart. */

import type zh from './zh-CN-exhibits'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  library: 'Exhibits of the case',
  none: 'This case has no exhibits yet; add one first.',
  choose: 'Choose an exhibit',
  cannotLoad: 'It could not be loaded',
  add: 'Add a file',
  adding: 'Adding',
  addMap: 'Add a map',
  addHint: 'A picture or PDF of up to 20 MB. A moment or a clip of a recording is kept where it is played.',
  mapTitle: 'Where the devices are',
  clip: {
    mirrored: 'Playing, pausing and jumping happen on the exhibit screens as well, and are logged; sound comes from the screens only.',
  },
  pages: '{n} pages',
  pagesOf: 'Pages',
  pageBefore: 'Page before',
  pageAfter: 'Next page',
  tools: 'Zoom and pointer',
  tool: { move: 'Move', point: 'Point', frame: 'Frame' },
  smaller: 'Smaller',
  larger: 'Larger',
  whole: 'Whole',
  ended: 'Destroyed with its recording',
  preview: 'Preview, no room sees it',
  live: 'On screen: {rooms}',
  previewHint: 'Until it is shown, moving, zooming and pointing are seen here only.',
  mirrored: 'Moving, zooming, pointing and frames are seen in the room and go to the log.',
  rooms: 'Exhibit screens',
  showIn: 'Show in {rooms}',
  noRoom: 'No chosen room is in session',
  remove: 'Take away',
  openScreen: 'Open its screen',
  here: 'Show on this tablet',
  backToDesk: 'Back to the desk',
  number: 'Exhibit {n}',
  on: 'Exhibit {n}: {title}',
  change: {
    title: 'Rename or withdraw',
    of: 'Rename or withdraw “{name}”',
    withdrawn: 'withdrawn',
    withdrawnBy: 'Withdrawn by {name}: {reason}',
  },
  state: {
    none: 'Nothing shown',
    ready: 'Screen connected, nothing shown',
    noScreen: 'No screen connected',
    closed: 'Not in session',
    waiting: 'No screen connected; shown as soon as one is',
    sent: 'On its way',
    late: 'Not on the screen after 3 seconds',
    shown: 'On the screen since {time}',
    failed: 'The screen could not show it',
    lost: 'Screen lost at {time}; its picture stays',
    away: 'No link to the centre; the screen keeps its picture',
  },
}

export default en
