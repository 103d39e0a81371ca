import type zh from './zh-CN-exhibit'
import type { SameKeys } from './same-keys'

const en: SameKeys<typeof zh> = {
  title: 'Exhibits',
  screen: 'Exhibit screen',
  clip: {
    controls: 'Play the clip',
    run: 'Play',
    hold: 'Pause',
    place: 'Place in the clip',
    of: '{at} / {length}',
    hear: 'Turn the sound on',
  },
  kinds: { picture: 'Picture', document: 'PDF', moment: 'Moment of a recording', map: 'Map', clip: 'Clip of a recording' },
  numberBy: 'Exhibit {n}, shown by {name}',
  recording: 'Recording',
  recordingAll: 'Picture and sound are kept throughout',
  idle: 'What you are shown will appear here.',
  wait: 'One moment, please',
  refused: { login_required: 'This screen is not signed in', forbidden: 'This account cannot open the screen', not_found: 'There is no such room' },
  refusedText: 'An officer signs in on this device, then opens it again.',
  north: 'N',
  m: '{n} m',
  km: '{n} km',
}

export default en
