import type zh from './zh-CN-acts'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  sentence: {
    title: 'This sentence',
    open: 'Look at or correct this sentence',
    spoken: 'As recognised',
    second: 'Heard again',
    secondWaiting: 'Not finished yet',
    version: 'Correction {n}',
    asSpoken: 'back to the recognised text',
    correct: 'Correct to',
    reason: 'Reason (may be left empty)',
    kept: 'A correction bears your name and is recorded in the evidence log; the recognised text and the sound stay.',
    save: 'Save correction',
    takeBack: 'Back to the recognised text',
    corrected: 'corrected',
    play: 'Play the sentence of {time}',
    playShort: 'Hear it',
    stopShort: 'Stop',
    stop: 'Stop the sentence of {time}',
    noSound: 'The sound of this sentence is not on disk yet, or it was withheld',
    spokenWas: 'Recognised: {text}',
  },
  errors: {
    bad_notice: 'Tell the notice first, then note the answers',
    bad_notice_time: 'The time is wrong: not earlier than two hours before the start, and not after now',
    notice_other_person: 'Who is questioned in this session is not who signed',
    notice_other_version: 'Another version of the notice was given in this session; have that one signed',
    notice_unread: 'Tell the notice and note the answers first, then have it signed',
    notice_signed: 'This notice is signed already',
    bad_exhibit: 'Only PNG, JPEG or PDF files of up to 20 MB',
    bad_speaker: 'The speaker of this sentence cannot be chosen',
    unknown_language: 'No model is loaded for this language',
    unknown_exhibit: 'There is no such exhibit',
    unknown_page: 'There is no such page',
    no_picture: 'There is no picture at that moment',
    no_positions: 'No device of this case has said where it is',
    exhibit_ended: 'The recording this exhibit was taken from has ended its retention; it was destroyed with it',
    exhibit_altered: 'The file of this exhibit is not what was added',
  },
}

export default en
