import { describe, expect, it } from 'vitest'
import { Quiet, SILENT_AFTER_S, SILENT_DB, standingOf } from '@/pages/room/recording'
import type { RecordingLook } from '@/pages/room/recording'

const FIXED: RecordingLook = { open: true, sealed: false, away: false, own: false, publishing: 'idle', copying: false, lost: [], withheld: [], held: false, doing: 'recording', silent: false }
const OWN: RecordingLook = { ...FIXED, own: true, publishing: 'live' }
const said = (look: RecordingLook): [string, string] => {
  const { tone, word } = standingOf(look)
  return [tone, word]
}

describe('what the band says of recording', () => {
  it('without a session: nothing is recorded, whatever else is known', () => {
    expect(said({ ...OWN, open: false, silent: true })).toEqual(['plain', 'before'])
    expect(said({ ...FIXED, open: false, sealed: true, away: true })).toEqual(['plain', 'sealed'])
  })

  it('with the centre there', () => {
    expect(said(FIXED)).toEqual(['ok', 'recording'])
    expect(said({ ...FIXED, silent: true })).toEqual(['act', 'noSound'])
    expect(said({ ...FIXED, doing: 'offline' })).toEqual(['act', 'notRecording'])
    expect(said({ ...FIXED, doing: 'unknown' })).toEqual(['plain', 'checking'])
    expect(said({ ...FIXED, doing: 'connecting' })).toEqual(['plain', 'connecting'])
    expect(said({ ...FIXED, withheld: ['audio', 'video'], silent: true })).toEqual(['pause', 'paused'])
  })

  it('a tablet that is the camera judges itself, with the centre there or away', () => {
    for (const away of [false, true]) {
      expect(said({ ...OWN, away, publishing: 'retrying' })).toEqual(['act', 'notSending'])
      expect(said({ ...OWN, away, publishing: 'failed' })).toEqual(['act', 'notSending'])
      expect(said({ ...OWN, away, silent: true })).toEqual(['act', 'noSound'])
      expect(said({ ...OWN, away, lost: ['video'] })).toEqual(['act', 'lostSource'])
      expect(said({ ...OWN, away, lost: ['audio'], silent: true })).toEqual(['act', 'lostSource'])
      expect(standingOf({ ...OWN, away, silent: true }).away).toBe(away)
    }
  })

  it('cut off, but sending and heard: amber, and no more', () => {
    expect(said({ ...OWN, away: true })).toEqual(['differ', 'lost'])
    expect(said({ ...FIXED, away: true, silent: true })).toEqual(['differ', 'lost']) // not its own sound to judge
  })

  it('cut off while another attempt to send runs is not sending; at the start it is only beginning', () => {
    expect(said({ ...OWN, away: true, publishing: 'connecting' })).toEqual(['act', 'notSending'])
    expect(said({ ...OWN, publishing: 'connecting', doing: 'offline' })).toEqual(['plain', 'connecting'])
  })

  it('kept on this tablet alone: amber, and its camera and microphone are judged all the same', () => {
    for (const away of [false, true]) {
      for (const publishing of ['retrying', 'connecting'] as const) {
        const look = { ...OWN, away, publishing, copying: true, doing: 'offline' as const }
        expect(said(look)).toEqual(['differ', 'keptHere'])
        expect(said({ ...look, silent: true })).toEqual(['act', 'noSound'])
        expect(said({ ...look, lost: ['video'] })).toEqual(['act', 'lostSource'])
      }
    }
    expect(said({ ...FIXED, copying: true })).toEqual(['ok', 'recording'])
  })

  it('a pause that the centre does not know of: amber, whatever else goes on, but never without a session', () => {
    const held = { held: true, withheld: ['audio', 'video'] as const }
    for (const away of [false, true]) {
      expect(said({ ...OWN, ...held, away })).toEqual(['differ', 'held'])
      expect(said({ ...OWN, ...held, away, publishing: 'retrying', silent: true })).toEqual(['differ', 'held'])
      expect(said({ ...FIXED, ...held, away })).toEqual(['differ', 'held'])
    }
    expect(said({ ...OWN, ...held, open: false, sealed: true })).toEqual(['plain', 'sealed'])
  })

  it('what is withheld on purpose is no loss', () => {
    expect(said({ ...OWN, lost: ['audio'], withheld: ['audio'] })).toEqual(['pause', 'paused'])
    expect(said({ ...OWN, away: true, lost: ['audio'], withheld: ['audio'] })).toEqual(['differ', 'lost'])
  })
})

describe('how long nothing was heard', () => {
  it('counts from the first quiet moment, and a sound ends it', () => {
    const ear = new Quiet()
    ear.note(SILENT_DB - 1, 1000)
    ear.note(-100, 3000)
    expect(ear.seconds(1000 + SILENT_AFTER_S * 1000 - 1)).toBe(SILENT_AFTER_S - 1)
    expect(ear.seconds(1000 + SILENT_AFTER_S * 1000)).toBe(SILENT_AFTER_S)
    ear.note(SILENT_DB + 1, 7000)
    expect(ear.seconds(9000)).toBe(0)
  })

  it('where nothing is measured nothing is said', () => {
    const ear = new Quiet()
    ear.note(-100, 0)
    ear.note(null, 1000)
    expect(ear.seconds(60_000)).toBe(0)
  })
})
