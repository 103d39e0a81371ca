/** What goes wrong in interviews and records only; never on the wall. */

import type zh from './zh-CN-file-errors'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  exhibit_withdrawn: 'This exhibit was withdrawn; restore it to show it',
  room_free: 'No case uses this room yet; choose it in the case first',
  room_retired: 'This room is out of service',
  person_kept: 'The interview is under way: who is questioned stays until it is stopped and sealed',
  person_elsewhere: 'This person is being questioned in another room; seat them here once that has ended',
  officer_elsewhere: 'An officer is in an interview in another room; name them here once that has ended',
  bad_officers: 'An officer needs a name and a certificate number, 40 characters each at most, nobody twice, six a room at most',
  room_site: 'Nobody is seated on a site; inspectors are named in its record',
  bad_checks: 'The check list is not whole',
  open_words: 'The words of this session stand in the public part of the log (older data) and cannot be withheld, so no part of it can be given out alone; export the whole session',
  unknown_notice: 'There is no such notice, or no such version of it',
  unknown_format: 'There is no such format',
  differences_open: 'Differences in numbers, names, negations, times or evidence are open',
  steps_open: 'Required steps are not confirmed yet',
  template_unusable: 'The Word template cannot be used; please tell the administrator',
  difference_gone: 'The text was changed meanwhile; look at the list again',
  unknown_step: 'There is no such step',
  words_changed: 'Somebody else has just changed these words; both changes stand in the list: look again',
  record_changed: 'Somebody saved this record meanwhile; look at the new version first',
  record_replaced: 'A newer version was made; that one is to be signed',
  record_finished: 'This record is signed and logged; it cannot be changed',
  record_incomplete: 'Somebody has neither signed nor refused',
  bad_record: 'The record cannot be made yet: write it, and settle the corrections',
  bad_strokes: 'The signature is too short or too long; please write it again',
  signer_done: 'They have signed or refused already',
  not_on_camera: 'Nothing is being recorded; pages cannot be shown or signed now',
  page_not_shown: 'Please read this page before signing it',
  wrong_signer: 'This account belongs to somebody else',
  signing_key_gone: 'Please give the password once more',
  fonts_missing: 'Chinese fonts are not installed; ask the administrator for fonts-noto-cjk',
  record_failed: 'The record could not be made; please tell the administrator',
}

export default en
