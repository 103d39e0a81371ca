/** Adding phones, and the list of them; the words of the phone's own page stand apart. */

import type { SameKeys } from './same-keys'
import type zh from './zh-CN-device'

const en: SameKeys<typeof zh> = {
  add: {
    button: 'Add phone',
    title: 'Add a phone',
    how: 'Scan this code with the phone\'s camera, then press Start recording.',
    name: 'Name of the phone',
    nameEn: 'Its name on English pages',
    namePlaceholder: 'Numbered when left empty',
    make: 'Make a code',
    again: 'Add another',
    valid: '{name}: valid for {span}, for one phone',
    expired: 'The code has expired; make a new one',
    joined: '{name} has joined',
    certificate: 'If the phone warns of the connection, install this centre\'s certificate on it first.',
    qr: 'QR code with the address to join the case',
  },
  list: {
    title: 'Phone cameras',
    col: { name: 'Phone', state: 'State', now: 'Battery and place', invited: 'Invited', joined: 'Joined' },
    none: 'No phone has joined. Add one and it becomes a body camera of the site.',
    invited: 'Waiting to be scanned',
    revoked: 'Removed',
    revoke: 'Hold to remove',
    battery: 'Battery {n} %',
    place: 'Position {span} ago, within {m} m',
    seen: 'Heard {span} ago',
  },
}

export default en
