import { describe, expect, it } from 'vitest'
import type { CaseDetail } from '@/api/types'
import type { Utterance } from '@/desk/protocol'
import { partialsOf, scriptOf } from '@/desk/script'
import {
  allProtectedUntil,
  applyMessage,
  cameraOf,
  createDeskState,
  doing,
  findUtterance,
  heldWith,
  lineOf,
  pauseOf,
  picturesOf,
  promptsOf,
  reachOf,
  takeCase,
  takeShape,
  takeUtterances,
  withheldOf,
} from '@/desk/state'
import { serverNowUs } from '@/base/clock'

const line = (id: string, start: number, more: Partial<Utterance> = {}): Utterance => ({
  id,
  cursor: start,
  room: 'r1',
  source: 'cam1',
  session: 's',
  speaker: 'interviewee',
  start_us: start,
  end_us: start + 5,
  text: id,
  words: [],
  index: start,
  ...more,
})

const session = { id: 's', room: 'r1', room_name: 'R', kind: 'interview', opened_us: 1, closed_us: null, person_name: 'Z' }

function setUp() {
  const state = createDeskState()
  const detail = {
    id: 'c',
    rooms: [{ id: 'r1', session: null }],
    points: [],
    sources: [{ id: 'cam1', room: 'r1', kind: 'room_camera' }],
    sessions: [],
    prompts: [],
    events: [],
    cursor: 0,
  } as unknown as CaseDetail
  takeCase(state, detail)
  return state
}

const status = (source: string, state: string, until = 0) => ({
  type: 'source' as const,
  status: {
    source, session: 's', state: state as 'recording', since_us: 0, bits_per_s: 0, width: 0, height: 0,
    codec: '', packets_lost: 0, protected_until_us: until, last_media_us: 0, recorded_us: 0, gap_us: 0, gaps: 0,
  },
})

describe('what a desk knows', () => {
  it('begins with the markers, gaps and readings the case came with, each once', () => {
    const state = setUp()
    const detail = {
      ...state.detail!,
      events: [
        { type: 'marker' as const, cursor: 1, room: 'r1', t_us: 5, text: 'x', by_name: 'L' },
        { type: 'gap' as const, cursor: 2, room: 'r1', source: 'cam1', start_us: 6, end_us: 9, cause: 'network' },
        { type: 'reading' as const, cursor: 3, device: 'gas', room: 'r1', t_us: 7, values: { O2_vol: 20900 }, alarms: [] },
      ],
    }
    takeCase(state, detail)
    takeCase(state, detail) // again, as after a reconnect that could not resume
    expect(state.markers.get('r1')?.length).toBe(1)
    expect(state.gaps.get('r1')?.length).toBe(1)
    expect(state.readings.get('gas')?.values.O2_vol).toBe(20900)
  })

  it('takes rooms given and taken back, and the role; what events said stays', () => {
    const state = setUp()
    applyMessage(state, { type: 'session', cursor: 1, session })
    applyMessage(state, { type: 'utterance', ...line('a', 10) })
    const fresh = (rooms: object[], may: string[]) => ({ ...state.detail!, rooms, may, sessions: [] }) as unknown as CaseDetail
    // read before the session opened: its room has it all the same
    expect(takeShape(state, fresh([{ id: 'r1', session: null }, { id: 'r2', session: null }], ['read_case'])).map((one) => one.id)).toEqual(['r2'])
    expect(state.detail!.rooms.map((one) => one.session?.id ?? null)).toEqual(['s', null])
    expect(state.detail!.may).toEqual(['read_case'])
    applyMessage(state, { type: 'session', cursor: 2, session: { ...session, closed_us: 9 } })
    // and the other way round: one that is over does not come back
    expect(takeShape(state, fresh([{ id: 'r1', session: { id: 's', opened_us: 1 } }], []))).toEqual([])
    expect(state.detail!.rooms).toEqual([{ id: 'r1', session: null }])
    expect(state.detail!.sessions.length).toBe(1)
    expect(state.utterances.get('r1')?.length).toBe(1)
  })

  it('keeps lines in the order they were spoken, each once', () => {
    const state = setUp()
    applyMessage(state, { type: 'utterance', ...line('b', 20) })
    applyMessage(state, { type: 'utterance', ...line('a', 10) })
    applyMessage(state, { type: 'utterance', ...line('b', 20) })
    takeUtterances(state, 'r1', [line('c', 15), line('a', 10)])
    expect(state.utterances.get('r1')?.map((one) => one.id)).toEqual(['a', 'c', 'b'])
    expect(findUtterance(state, 'r1', 'c')?.start_us).toBe(15)
  })

  it('takes a line anew from a page that is newer than all it knows, else keeps what it has', () => {
    const state = setUp()
    const corrected = { ...line('a', 10), corrected: { version: 1, text: 'z', by_name: 'n', t_us: 2, reason: '' } }
    applyMessage(state, { type: 'utterance', ...line('a', 10) })
    takeUtterances(state, 'r1', [corrected])
    expect(findUtterance(state, 'r1', 'a')?.corrected).toBeUndefined()
    takeUtterances(state, 'r1', [corrected], true)
    expect(findUtterance(state, 'r1', 'a')?.corrected?.text).toBe('z')
    expect(state.utterances.get('r1')).toHaveLength(1)
  })

  it('replaces a partial by the final of the same speaker, and clears it when empty', () => {
    const state = setUp()
    const partial = { type: 'partial' as const, room: 'r1', source: 'cam1', speaker: 'interviewee' as const, start_us: 10 }
    applyMessage(state, { ...partial, text: 'wo' })
    applyMessage(state, { ...partial, speaker: 'interviewer', text: 'ni' })
    applyMessage(state, { type: 'utterance', ...line('a', 10) })
    expect(partialsOf(state, 'r1').map((one) => one.speaker)).toEqual(['interviewer'])
    applyMessage(state, { ...partial, speaker: 'interviewer', text: '' })
    expect(partialsOf(state, 'r1')).toEqual([])
  })

  it('opens and closes the session of a room', () => {
    const state = setUp()
    applyMessage(state, { type: 'session', cursor: 1, session })
    expect(state.detail?.rooms[0]?.session).toEqual({ id: 's', opened_us: 1 })
    applyMessage(state, { type: 'session', cursor: 2, session: { ...session, closed_us: 9 } })
    expect(state.detail?.rooms[0]?.session).toBeNull()
    expect(state.detail?.sessions).toHaveLength(1)
  })

  it('never lets "protected until" go back, and takes the least over what records', () => {
    const state = setUp()
    applyMessage(state, status('cam1', 'recording', 50))
    applyMessage(state, status('cam2', 'recording', 70))
    applyMessage(state, status('cam3', 'offline', 10))
    applyMessage(state, { type: 'protected', source: 'cam1', until_us: 40 })
    expect(allProtectedUntil(state)).toBe(50)
    applyMessage(state, { type: 'protected', source: 'cam1', until_us: 90 })
    expect(allProtectedUntil(state)).toBe(70)
  })

  it('does not trust a state it has not heard of for a while', () => {
    const state = setUp()
    expect(doing(state, 'cam1', serverNowUs())).toBe('unknown')
    applyMessage(state, status('cam1', 'recording'))
    expect(doing(state, 'cam1', serverNowUs())).toBe('recording')
    const later = serverNowUs() + 7_000_000
    expect(doing(state, 'cam1', later)).toBe('unknown')
    state.liveSince = serverNowUs()
    expect(doing(state, 'cam1', serverNowUs() + 100)).toBe('recording')
    expect(doing(state, 'cam1', later)).toBe('offline')
    expect(doing(state, 'never heard of', later)).toBe('offline')
    applyMessage(state, { type: 'system', code: 'recorder_unreachable' })
    expect(doing(state, 'cam1', later)).toBe('unknown')
  })

  it('remembers since when an alarm has been on', () => {
    const state = setUp()
    const reading = { type: 'reading' as const, cursor: 1, device: 'gas', room: 'r', values: {} }
    applyMessage(state, { ...reading, t_us: 5, alarms: ['LEL_HIGH'] })
    applyMessage(state, { ...reading, t_us: 9, alarms: ['LEL_HIGH'] })
    expect(state.alarmSince.get('gas LEL_HIGH')).toBe(5)
    applyMessage(state, { ...reading, t_us: 12, alarms: [] })
    expect(state.alarmSince.size).toBe(0)
  })

  it('clears a trouble when the part comes back', () => {
    const state = setUp()
    applyMessage(state, { type: 'system', code: 'recorder_unreachable' })
    applyMessage(state, { type: 'system', code: 'transcriber_unreachable' })
    applyMessage(state, { type: 'system', code: 'recorder_back' })
    expect([...state.troubles.keys()]).toEqual(['transcriber_unreachable'])
  })

  it('knows which room desks are connected once it was told', () => {
    const state = setUp()
    expect(reachOf(state, 'r1')).toBeUndefined()
    applyMessage(state, { type: 'presence', desks: [{ desk: 'room', room: 'r1', name: 'n' }, { desk: 'wall', room: null, name: 'm' }] })
    expect(reachOf(state, 'r1')).toEqual({ online: true })
    expect(reachOf(state, 'r2')).toEqual({ online: false })
  })

  it('puts speech, markers, gaps and prompts into one script', () => {
    const state = setUp()
    applyMessage(state, { type: 'utterance', ...line('a', 30) })
    applyMessage(state, { type: 'marker', cursor: 2, room: 'r1', t_us: 20, text: 't', by_name: 'n' })
    applyMessage(state, { type: 'gap', cursor: 3, room: 'r1', source: 'cam1', start_us: 10, end_us: 12, cause: 'network' })
    applyMessage(state, { type: 'gap', cursor: 4, room: 'r1', source: 'other', start_us: 11, end_us: 12, cause: 'network' })
    applyMessage(state, {
      type: 'prompt',
      cursor: 5,
      prompt: { id: 'p', group: 'g', room: 'r1', point: null, text: 't', by_name: 'n', state: 'shown', times: { issued_us: 24, shown_us: 25 } },
    })
    expect(scriptOf(state, 'r1', 'cam1').map((one) => one.kind)).toEqual(['gap', 'marker', 'prompt', 'speech'])
    expect(promptsOf(state, 'r1')).toHaveLength(1)
    expect(promptsOf(state, 'r2')).toHaveLength(0)
  })

  it('covers a picture from the first word of a pause to the last', () => {
    const state = setUp()
    const now = serverNowUs()
    applyMessage(state, { type: 'session', cursor: 1, session })
    const told = status('cam1', 'recording')
    applyMessage(state, { ...told, status: { ...told.status, paused: ['video'] } })
    expect(withheldOf(state, 'r1', 'cam1', now)).toEqual(['video']) // before the entry is durable
    const pause = {
      id: 'p', room: 'r1', session: 's', tracks: ['audio' as const, 'video' as const],
      reason: 'lawyer' as const, by_name: 'W', start_us: 5,
    }
    applyMessage(state, { type: 'pause', cursor: 2, room: 'r1', pause })
    expect(pauseOf(state, 'r1')).toEqual(pause)
    expect(withheldOf(state, 'r1', 'cam1', now)).toEqual(['audio', 'video'])
    applyMessage(state, told)
    expect(withheldOf(state, 'r1', 'cam1', now)).toEqual(['audio', 'video']) // one of both says so
    applyMessage(state, { type: 'pause', cursor: 3, room: 'r1', pause: { ...pause, end_us: 9 } })
    expect(withheldOf(state, 'r1', 'cam1', now)).toEqual([])
    expect(scriptOf(state, 'r1', 'cam1').map((item) => item.kind)).toEqual(['pause'])
  })

  it('has one voice line of a room until it is over', () => {
    const state = setUp()
    applyMessage(state, { type: 'session', cursor: 1, session })
    const call = {
      id: 'v', room: 'r1', session: 's', source: 'call-r1', by: 'a', by_name: 'L',
      state: 'calling' as const, called_us: 5,
    }
    applyMessage(state, { type: 'voice', cursor: 2, room: 'r1', line: call })
    expect(lineOf(state, 'r1')).toEqual(call)
    expect(lineOf(state, 'r2')).toBeUndefined()
    expect(scriptOf(state, 'r1', 'cam1')).toEqual([]) // nobody has taken it
    const open = { ...call, state: 'open' as const, opened_us: 7 }
    applyMessage(state, { type: 'voice', cursor: 3, room: 'r1', line: open })
    expect(scriptOf(state, 'r1', 'cam1').map((item) => [item.kind, item.at_us])).toEqual([['call', 7]])
    applyMessage(state, { type: 'voice', cursor: 4, room: 'r1', line: { ...open, state: 'ended', ended_us: 9 } })
    expect(lineOf(state, 'r1')).toBeUndefined()
  })

  it('does not cover for ever what nobody speaks of any more', () => {
    const state = setUp()
    const told = status('cam1', 'recording')
    applyMessage(state, { ...told, status: { ...told.status, paused: ['audio'] } })
    expect(withheldOf(state, 'r1', 'cam1', serverNowUs() + 60_000_000)).toEqual([])
  })
})

describe('the pictures of a room', () => {
  const source = (id: string, kind: string, more = {}) => ({ id, name: id, name_en: '', kind, room: 'r1', channels: [], ...more })

  it('are its cameras and whatever is carried in it, and its own camera comes first', () => {
    const state = setUp()
    state.detail!.sources = [
      source('worn', 'body_camera'),
      source('gas', 'gas_detector'),
      source('mic', 'microphone'),
      source('gone', 'room_camera', { revoked: true }),
      source('cam', 'room_camera'),
      source('else', 'room_camera', { room: 'r2' }),
    ] as CaseDetail['sources']
    expect(picturesOf(state, 'r1').map((one) => one.id)).toEqual(['worn', 'cam'])
    expect(cameraOf(state, 'r1')?.id).toBe('cam')
    expect(cameraOf(state, 'r3')).toBeUndefined()
  })
})

describe('whom a session was held with', () => {
  it('is said by the session, whoever sits in its room now', () => {
    const state = createDeskState()
    const rooms = [{ id: 'r1', person: 'p2' }]
    const people = [{ id: 'p1', name: '张某', name_en: 'Zhang' }, { id: 'p2', name: '李某', name_en: 'Li' }]
    const sessions = [{ ...session, id: 's1', person_name: '张某' }, { ...session, id: 's2', person_name: '赵某' }, { ...session, id: 's3', person_name: '' }]
    state.detail = { rooms, people, sessions } as unknown as CaseDetail
    expect(heldWith(state, 's1')).toMatchObject({ name: '张某', name_en: 'Zhang' })
    expect([heldWith(state, 's2'), heldWith(state, 's3'), heldWith(state, 's4')]).toEqual([{ name: '赵某' }, null, null])
  })
})
