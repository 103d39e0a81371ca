/** Problems met on the pages of administration, retention and export only. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-desktop-errors'

const en: SameKeys<typeof zh> = {
  room_exists: 'There is a room of this name',
  room_in_use: 'A case uses this room; choose another',
  too_many_rooms: 'There are too many rooms',
  own_account: 'You cannot do this to your own account; ask another administrator',
  last_administrator: 'At least one administrator must be able to sign in',
  source_exists: 'The room has a device of this name',
  registry_full: 'There are too many devices',
  account_exists: 'There is an account of this name',
  bad_template_text: 'The template is not complete, or too long',
  template_exists: 'Another kind of violation has this name; choose another',
  too_many_templates: 'There are too many templates or versions; use an earlier one',
  unknown_wording_rule: 'There is no such rule of wording',
  bad_wording_rule: 'The words or the suggestion are not what is expected; please look again',
  wording_rule_exists: 'These words are kept already; if they are off, switch them on',
  too_many_wording_rules: 'There are too many words of your own',
  bad_notice_text: 'A notice is not empty, not too long, and in both languages',
  notice_doubts: 'The notice may leave something out; please check',
  too_many_notices: 'There are too many versions of the notice; use one of those there are',
  too_many_questions: 'There are too many questions; withdraw some first',
  bad_disclosure: 'Say what is withheld, who authorised it and for whom',
  bad_plan: 'Say what is to be hidden',
  no_face_model: 'There is no model that finds faces here; mark them by hand',
  rotation_waiting: 'New keys were ordered already; wait a moment',
  rotation_taken: 'Too late to withdraw: the process has taken the order and is changing its keys',
  no_rotation: 'No order is waiting: it was carried out or withdrawn meanwhile',
  cannot_restart: 'Nothing would start the process again; do it by command at the machine',
  unknown_setting: 'There is no such setting',
  needs_restart: 'This setting is changed in the site file and holds from a restart on',
  bad_setting: 'The setting cannot have this value',
  not_proposed: 'Nobody proposes to destroy it now; look again',
  on_hold: 'It is on hold and cannot be destroyed',
  second_person: 'Another person must agree',
  manager_first: 'A manager of the case agrees first',
  retention_refused: 'It cannot be destroyed yet',
  unknown_model: 'There is no such model',
  model_kind: 'This model hears closed sessions only, not people while they speak',
  model_unreadable: 'A file of the model cannot be read; check the disk and its permissions',
  unknown_hold: 'The hold was lifted already',
  bad_category: 'There is no such category',
  unknown_package: 'This package is no longer here; please choose it again',
}

export default en
