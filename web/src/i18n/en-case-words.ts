/** What people, places and things of a case are called. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-case-words'

const en: SameKeys<typeof zh> = {
  title: 'Words of the case',
  open: 'Words of the case',
  lead: 'What people call the same person, place or thing. The comparison tells people and things by these names; what the recogniser heard is repaired by sound to these words, and what it heard is kept.',
  failed: 'The words of the case cannot be opened',
  group: { people: 'People', places: 'Places', equipment: 'Equipment and objects' },
  addTo: { people: 'Add a person', places: 'Add a place', equipment: 'Add equipment or an object' },
  count: '{n} entry | {n} entries',
  name: 'Name',
  aliases: 'Also called',
  aliasesOf: 'Other names of {name}',
  en: 'In English',
  enOf: 'English names of {name}',
  add: 'Type, then Enter',
  remove: 'Remove {term}',
  full: '{n} at most. What does not fit stays in the box; take some out, then press Enter.',
  tooLong: '{n} characters each at most. What is longer stays in the box; shorten it, then press Enter.',
  over: 'Some lists are too long; shorten them to save',
  none: 'None',
  empty: 'Nothing here yet',
  clashTitle: 'Some names mean more than one',
  clash: '“{name}” may be {whom}: the comparison takes it for neither. Tell them apart by post or full name.',
  vocabulary: 'Vocabulary of the recogniser',
  vocabularyText: 'Words of two characters or more that the recogniser should know: names, places, equipment, terms of the process. Those of the case file are taken in by themselves.',
  own: 'Added here',
  leftOut: 'Not taken: {terms}. A single syllable is a part of other words everywhere, and what is very long is not heard as one term.',
  ofSession: '{room}: words of this session',
  ofSessionText: 'Used in the session that is running only, with the words of the case.',
  fromFile: 'From the case file',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved',
  unsaved: 'Changes are not saved yet',
  undo: 'Discard changes',
}

export default en
