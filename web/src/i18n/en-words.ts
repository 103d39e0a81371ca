/** A few words that the tablet of a room and the pages of cases both say. */

import type zh from './zh-CN-words'
import type { SameKeys } from './same-keys'

const words: SameKeys<typeof zh> = {
  // of the same names as in the words of the desks: said on a tablet in a room too
  case: {
    notScheduled: 'Not scheduled',
    inRoom: 'In {room}',
    sealed: 'Sealed',
    documents: { col: { kind: 'Kind', time: 'Time' } },
  },
  log: {
    verdict: {
      complete: 'Complete',
      complete_with_gaps: 'Complete, with declared gaps',
      not_yet_witnessed: 'Complete, not yet fully witnessed',
      altered: 'Altered',
      missing: 'Something is missing',
      unreadable: 'Unreadable',
    },
  },
  words: {
    leave: 'Changes are not saved yet. Leave all the same?',
    ask: { unsaved: 'There are changes that are not saved.', discard: 'Discard them', stay: 'Go on writing' },
  },
  checks: {
    why: { urgent: 'Urgent, the rest follows', following: 'The second officer is on the way', device: 'A device is being put right' },
  },
}

export default words
