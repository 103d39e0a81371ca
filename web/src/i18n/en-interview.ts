/** Only on the room's desk and on the pages of records: rooms to choose, the check list, and the tablet's own copy. */

import checks from './en-checks'
import room from './en-room'
import type { SameKeys } from './same-keys'
import type zh from './zh-CN-interview'

const en: SameKeys<typeof zh> = {
  tablet: room,
  checks,
  desk: { band: { held: 'Pause pressed, the centre not told yet', heldHint: '{what}: this device sends and keeps nothing of it; the centre is told once the connection is back.', heldOthers: ' Other devices of the room may still record.', keptHere: 'Network lost, keeping it here' }, stopSteps: { unsigned: '{n} place of the record is still to be signed; after the stop it cannot be | {n} places of the record are still to be signed; after the stop they cannot be' } },
  copy: {
    keeping: 'Network lost: kept on this tablet, handed over by itself when it is back',
    apart: 'Cut off from the centre: picture and sound are kept on this tablet',
    backHint: 'Handed over by itself when the network is back',
    here: '{here} kept here',
    hereLeft: '{here} kept here, room for about {left} more',
    left: 'Room for about {left}',
    held: 'Paused: nothing is kept on this tablet either',
    ready: 'Kept on this tablet while the network is lost',
    little: 'Little room on this tablet if the network is lost',
    full: 'This tablet is full: nothing can be kept on it while the network is lost. Clear it, or take another one',
    failed: 'Nothing is being kept on this tablet: what a lost network takes has no copy',
    missing: 'This browser cannot keep recordings: what a lost network takes has no copy',
    waiting: '{n} part waits for the network and is then handed over | {n} parts wait for the network and are then handed over',
    later: '{n} part waits: the centre cannot take it just now | {n} parts wait: the centre cannot take them just now',
    signIn: '{n} part waits: an interviewer of its room has to sign in here | {n} parts wait: an interviewer of their room has to sign in here',
    handing: 'Handing over {n} part | Handing over {n} parts',
    size: '{size} to go',
    receipt: '{span} handed over ({from} to {to})',
    receiptAt: 'Stored and logged by the centre at {time}, as from this tablet; the gap stays declared',
    refused: '{n} part was not taken and is still on this tablet | {n} parts were not taken and are still on this tablet',
    save: 'Save one part',
    remove: 'Remove it here',
    removeSure: 'This tablet will have this part no longer. Is the saved file in order?',
    unread: 'This part cannot be read on this tablet; no file was saved',
    unreadSure: 'No file was saved. This tablet will have this part no longer. Remove it all the same?',
    refusedWhy: 'Please tell the lead of the case.',
  },
}
export default en
