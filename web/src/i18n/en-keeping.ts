import type { SameKeys } from './same-keys'
import type zh from './zh-CN-keeping'

const en: SameKeys<typeof zh> = {
  ends: 'Period over, waiting for you',
  col: { case: 'Case', room: 'Room', opened: 'Recorded', until: 'Due', steps: 'Handed over' },
  endsNone: 'No recording waits for a word.',
  endsRule: 'A manager of the case agrees first, then you or another manager; with the second word the key is destroyed at once, and this cannot be undone.',
  over: 'Period over on {day}',
  recordedOn: 'Recorded {day} {time}',
  first: 'A manager of the case has to agree first',
  agreed: '{names} agreed',
  mine: 'You agreed, one more person is needed',
  agree: 'Agree to destroy',
  keep: 'Keep it',
  agreeTitle: 'Agree to destroy this recording',
  agreeHint: 'Once two people agreed the key is destroyed at once: nobody can open the recording again, and this cannot be undone.',
  keepTitle: 'Keep this recording',
  keepHint: 'It is proposed again in three months. The reason goes into the log.',
  reason: 'Reason',
  kept: 'Evidence you keep',
  keptNone: 'You keep no evidence, and none is offered to you.',
  cannotLoad: 'What waits could not be loaded',
}

export default en
