/** People, points and rooms on the page of a case; the tablet of a room needs none of it. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-case-people'

const en: SameKeys<typeof zh> = {
  seats: {
    col: { room: 'Room', sources: 'Devices' },
    people: {
      where: 'Where now',
      rights: 'Rights',
      sessions: 'Interviews',
      change: 'Put {name} right',
      remove: 'Take off the case',
      removed: '{name} was taken off the case',
      aliases: 'Other names, separated by commas',
      changeNote: 'Sealed interviews and records keep what was written then.',
    },
    points: {
      differences: 'Differences',
      add: 'Add',
      addTitle: 'What is to be verified',
      en: 'In English',
      change: 'Change “{point}”',
      retire: 'Ask no more',
      retired: '“{point}” is asked no more',
      retiredList: '{n} asked no more',
      resume: 'Ask again',
      resumeNamed: 'Ask “{point}” again',
      kept: 'What was said on it stays in the comparison.',
    },
  },
  hours: {
    title: 'Questioned in all',
    person: 'Questioned for {span} in all, {n} times',
  },
}

export default en
