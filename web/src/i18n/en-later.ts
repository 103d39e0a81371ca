/** Corrections and signatures after the end, as the page of the record says them; the room does not. */
import type zh from './zh-CN-later'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  record: {
    later: {
      never: 'A mistake: never there',
      wanted: '{role} {name}: the evidence log has nobody attending so. Note the correction before the record is filed',
      correct: 'Note the correction',
      title: 'Correction: {role} {name}',
      text: 'The record stays as it is. Correction, reason, name and time stand in this place of it and in the evidence log.',
      struck: '{by} {time}, correction: {name} was not there, {reason}',
      changed: '{by} {time}, correction: {name} was the {role}, {reason}',
      signed: '{name} {time}, signed after the end: {reason}',
    },
  },
}

export default en
