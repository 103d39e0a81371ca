/** Corrections and signatures after the end, as the page of the record says them; the room does not. */
import type zh from './zh-CN-later'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  record: {
    later: {
      why: 'Why it is signed only now',
      lead: 'This session is over. Officers can still sign, with their own account and password. The time and the reason stand below the signature and in the evidence log.',
      nobody: 'This session is over: the person questioned and others present cannot sign any more. Note the reason for whoever has not signed.',
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
  error: {
    place_signed: 'This place is signed; what is signed stays',
    signed_by_person: 'The person questioned has signed a record; finish that one',
  },
}

export default en
