/**
 * What a desk knows of one case: the case as loaded, and every event since. `applyMessage` is the
 * only writer besides `takeCase` and `takeUtterances`; pages only read.
 */

import { reactive, shallowReactive } from 'vue'
import { cellKey } from './comparison'
import type { CaseDetail, Person, Point, Room, Source } from '@/api/types'
import { serverNowUs } from '@/base/clock'
import type { TwoNames } from '@/base/words'
import type {
  Alarm,
  Cell,
  Difference,
  DurableMessage,
  EphemeralMessage,
  GapEvent,
  Marker,
  PartialText,
  Pause,
  Prompt,
  Reading,
  SessionSummary,
  SourceStatus,
  Spoken,
  Track,
  Utterance,
  VoiceLine,
} from './protocol'

export interface Level {
  rms: number[]
  /** When it arrived here; a level older than a second is silence. */
  at_ms: number
}

export interface DeskState {
  detail: CaseDetail | null
  utterances: Map<string, Utterance[]>
  older: Map<string, boolean>
  partials: Map<string, PartialText>
  prompts: Map<string, Prompt>
  /** What people say on points; the key is point and person. */
  cells: Map<string, Cell>
  /** For a room's desk: which points came up in its session. */
  spoken: Map<string, Spoken>
  differences: Map<string, Difference>
  markers: Map<string, Marker[]>
  gaps: Map<string, GapEvent[]>
  readings: Map<string, Reading>
  /** Alarms that hold or wait for somebody to take notice; settled ones are in the history. */
  alarms: Map<string, Alarm>
  /** Pauses of the open sessions, in force or ended, by id. */
  pauses: Map<string, Pause>
  /** Voice lines of the open sessions, standing or over, by id. */
  lines: Map<string, VoiceLine>
  /** Since when each alarm of a device has been on; the key is device and alarm. */
  alarmSince: Map<string, number>
  status: Map<string, SourceStatus>
  /** When the last status of a source arrived; statuses come once a second. */
  statusAt: Map<string, number>
  protectedUntil: Map<string, number>
  levels: Map<string, Level>
  /** Codes of what is broken on the server side right now. */
  troubles: Map<string, number>
  /** In which language a session is heard, by session; absent: the default. */
  languages: Map<string, string>
  /** How often a witness or a time stamping authority was lost or came back. */
  vouchersChanged: number
  /** Rooms whose desk is connected; null until the centre has said. */
  desksOnline: Set<string> | null
  /** Since when events have been coming in; null while apart from the centre. */
  liveSince: number | null
}

export function createDeskState(): DeskState {
  return reactive({
    detail: null,
    utterances: new Map(),
    older: new Map(),
    partials: new Map(),
    prompts: new Map(),
    cells: new Map(),
    spoken: new Map(),
    differences: new Map(),
    markers: new Map(),
    gaps: new Map(),
    readings: new Map(),
    alarms: new Map(),
    pauses: new Map(),
    lines: new Map(),
    alarmSince: new Map(),
    status: new Map(),
    statusAt: new Map(),
    protectedUntil: new Map(),
    levels: shallowReactive(new Map<string, Level>()),
    troubles: new Map(),
    languages: reactive(new Map()),
    vouchersChanged: 0,
    desksOnline: null,
    liveSince: null,
  }) as DeskState
}

export function takeCase(state: DeskState, detail: CaseDetail): void {
  state.detail = detail
  state.prompts.clear()
  for (const prompt of detail.prompts) state.prompts.set(prompt.id, prompt)
  state.cells.clear()
  for (const cell of detail.cells ?? []) state.cells.set(cellKey(cell.point, cell.person), cell)
  state.spoken.clear()
  for (const one of detail.spoken ?? []) applySpoken(state, one)
  state.differences.clear()
  for (const one of detail.differences ?? []) state.differences.set(one.finding.id, one)
  for (const seen of [state.markers, state.gaps, state.readings]) seen.clear()
  for (const event of detail.events) applyMessage(state, event)
  state.pauses.clear()
  for (const pause of detail.pauses ?? []) state.pauses.set(pause.id, pause)
  state.lines.clear()
  for (const line of detail.lines ?? []) state.lines.set(line.id, line)
  state.alarms.clear()
  for (const alarm of detail.alarms ?? []) applyAlarm(state, alarm)
}

/**
 * What of a case comes in no event: its name, people, rooms and devices, and what one may do in it.
 * Everything that events carry stays as it is known; a room that was here keeps its session. Returns
 * the rooms that are new.
 */
export function takeShape(state: DeskState, fresh: CaseDetail): Room[] {
  const known = state.detail
  if (!known) return []
  const { number, name, name_en, people, sources, may } = fresh
  const before = new Map(known.rooms.map((room) => [room.id, room]))
  const rooms = fresh.rooms.map((room) => {
    const here = before.get(room.id)
    return here ? { ...room, session: here.session } : room
  })
  Object.assign(known, { number, name, name_en, people, sources, may, rooms })
  for (const session of fresh.sessions) {
    if (!known.sessions.some((one) => one.id === session.id)) known.sessions.push(session)
  }
  return rooms.filter((room) => !before.has(room.id))
}

/** Merges a page of utterances (any order, repeats allowed) into its room; `newer`: than all that is known. */
export function takeUtterances(state: DeskState, room: string, page: Utterance[], newer = false): void {
  for (const utterance of page) insert(linesOf(state.utterances, room), utterance, newer)
}

function linesOf<T>(rooms: Map<string, T[]>, room: string): T[] {
  if (!rooms.has(room)) rooms.set(room, [])
  return rooms.get(room)!
}

/** Keeps a room's lines in the order they were spoken; they nearly always arrive that way. */
function insert(lines: Utterance[], utterance: Utterance, newer = false): void {
  let i = lines.length
  while (i > 0 && lines[i - 1]!.start_us > utterance.start_us) i -= 1
  for (let k = i; k >= 0 && k >= i - 8; k -= 1) {
    if (lines[k]?.id !== utterance.id) continue
    if (newer) lines[k] = utterance
    return
  }
  lines.splice(i, 0, utterance)
}

const partialKey = (room: string, speaker: string): string => `${room} ${speaker}`

export function applyMessage(state: DeskState, message: DurableMessage | EphemeralMessage): void {
  switch (message.type) {
    case 'utterance': {
      insert(linesOf(state.utterances, message.room), message)
      const key = partialKey(message.room, message.speaker)
      const partial = state.partials.get(key)
      if (partial && partial.start_us <= message.end_us) state.partials.delete(key)
      return
    }
    case 'speaker': {
      const lines = linesOf(state.utterances, message.room)
      const at = lines.findIndex((one) => one.id === message.utterance)
      if (at >= 0) lines[at] = { ...lines[at]!, named: message.speaker, named_by: message.by_name }
      return
    }
    case 'correction': {
      const line = state.utterances.get(message.room)?.find((one) => one.id === message.utterance)
      if (line) line.corrected = message.corrected
      return
    }
    case 'partial': {
      const key = partialKey(message.room, message.speaker)
      if (message.text) state.partials.set(key, message)
      else state.partials.delete(key)
      return
    }
    case 'prompt':
      state.prompts.set(message.prompt.id, message.prompt)
      return
    case 'session':
      if (message.session.language) state.languages.set(message.session.id, [message.session.language, message.session.model, message.session.model_missing].join())
      applySession(state, message.session)
      return
    case 'point':
      applyPoint(state, message.point)
      return
    case 'marker':
      applyMarker(linesOf(state.markers, message.room), message)
      return
    case 'cell':
      state.cells.set(cellKey(message.cell.point, message.cell.person), message.cell)
      return
    case 'spoken':
      applySpoken(state, message.spoken)
      return
    case 'difference':
      state.differences.set(message.difference.finding.id, message.difference)
      return
    case 'gap':
      linesOf(state.gaps, message.room).push(message)
      return
    case 'reading':
      applyReading(state, message)
      return
    case 'alarm':
      applyAlarm(state, message.alarm)
      return
    case 'device':
      applyDevice(state, message.device)
      return
    case 'pause':
      state.pauses.set(message.pause.id, message.pause)
      return
    case 'voice':
      state.lines.set(message.line.id, message.line)
      return
    case 'level':
      state.levels.set(message.source, { rms: message.rms, at_ms: Date.now() })
      return
    case 'protected':
      noteProtected(state, message.source, message.until_us)
      return
    case 'source':
      state.status.set(message.status.source, message.status)
      state.statusAt.set(message.status.source, serverNowUs())
      noteProtected(state, message.status.source, message.status.protected_until_us)
      return
    case 'system':
      applySystem(state, message.code)
      return
    case 'presence':
      state.desksOnline = new Set(
        message.desks.flatMap((one) => (one.desk === 'room' && one.room ? [one.room] : [])),
      )
      return
    case 'clock':
    case 'health': // the administrator's page reads it itself
      return
  }
}

function noteProtected(state: DeskState, source: string, untilUs: number): void {
  if (untilUs > (state.protectedUntil.get(source) ?? 0)) state.protectedUntil.set(source, untilUs)
}

function applySession(state: DeskState, session: SessionSummary): void {
  const detail = state.detail
  if (!detail) return
  const known = detail.sessions.findIndex((one) => one.id === session.id)
  if (known >= 0) detail.sessions[known] = session
  else detail.sessions.push(session)
  const room = detail.rooms.find((one) => one.id === session.room)
  if (!room) return
  if (session.closed_us === null) room.session = { id: session.id, opened_us: session.opened_us }
  else if (room.session?.id === session.id) room.session = null
}

/** A phone joined, or was sent away. */
function applyDevice(state: DeskState, device: Source): void {
  const sources = state.detail?.sources
  if (!sources) return
  const known = sources.findIndex((one) => one.id === device.id)
  if (known >= 0) sources[known] = device
  else sources.push(device)
}

function applyPoint(state: DeskState, point: Point): void {
  const points = state.detail?.points
  if (!points) return
  const known = points.findIndex((one) => one.id === point.id)
  if (known >= 0) points[known] = point
  else points.push(point)
}

/** Told again as a whole when it is taken back. */
function applyMarker(known: Marker[], marker: Marker): void {
  const at = marker.marker ? known.findIndex((one) => one.marker === marker.marker) : -1
  if (at < 0) known.push(marker)
  else known.splice(at, 1, marker)
}

function applySpoken(state: DeskState, one: Spoken): void {
  const key = `${one.session} ${cellKey(one.point, one.person)}`
  if (Object.keys(one.slots).length) state.spoken.set(key, one)
  else state.spoken.delete(key)
}

function applyReading(state: DeskState, reading: Reading): void {
  state.readings.set(reading.device, reading)
  const prefix = `${reading.device} `
  for (const key of [...state.alarmSince.keys()]) {
    const alarm = key.slice(prefix.length)
    if (key.startsWith(prefix) && !reading.alarms.includes(alarm)) state.alarmSince.delete(key)
  }
  for (const alarm of reading.alarms) {
    const key = prefix + alarm
    if (!state.alarmSince.has(key)) state.alarmSince.set(key, reading.t_us)
  }
}

function applyAlarm(state: DeskState, alarm: Alarm): void {
  const settled = alarm.cleared_us !== undefined && alarm.acknowledged_us !== undefined
  if (settled) state.alarms.delete(alarm.id)
  else state.alarms.set(alarm.id, alarm)
}

/** `<part>_unreachable`, `<part>_degraded` raise a trouble; `<part>_back`, `_recovered` clear it. */
function applySystem(state: DeskState, code: string): void {
  if (/^(witness|stamp)_/.test(code)) {
    state.vouchersChanged += 1 // no part of this system, and recording does not depend on it
    return
  }
  const cleared = /^(.+)_(back|recovered|started)$/.exec(code)
  if (cleared) {
    for (const known of [...state.troubles.keys()]) {
      if (known.startsWith(`${cleared[1]}_`)) state.troubles.delete(known)
    }
  } else if (!state.troubles.has(code)) {
    state.troubles.set(code, serverNowUs())
  }
}

// --- questions pages ask ------------------------------------------------------------------

export function cameraOf(state: DeskState, room: string): Source | undefined {
  const here = picturesOf(state, room)
  return here.find((source) => source.kind === 'room_camera') ?? here[0]
}

/** Everything in a room that gives a picture. */
export function picturesOf(state: DeskState, room: string): Source[] {
  return state.detail?.sources.filter((source) => source.room === room && isPicture(source) && !source.revoked) ?? []
}

export function isPicture(source: Source): boolean {
  return source.kind !== 'gas_detector' && source.kind !== 'environment' && source.kind !== 'microphone'
}

/** People's own microphones in a room: sound alone, each a recording of its own. */
export function microphonesOf(state: DeskState, room: string): Source[] {
  return state.detail?.sources.filter((one) => one.room === room && one.kind === 'microphone' && !one.revoked) ?? []
}

export function personOf(state: DeskState, room: Room): Person | null {
  return state.detail?.people.find((one) => one.id === room.person) ?? null
}

/** The person a session was held with, whoever sits in its room now, as people of the case are stored. */
export function heldWith(state: DeskState, session: string): TwoNames | null {
  const name = state.detail?.sessions.find((one) => one.id === session)?.person_name
  if (!name) return null
  return state.detail?.people.find((one) => one.name === name) ?? { name }
}

export function promptsOf(state: DeskState, room: string): Prompt[] {
  return [...state.prompts.values()]
    .filter((prompt) => prompt.room === room)
    .sort((a, b) => (a.times.issued_us ?? 0) - (b.times.issued_us ?? 0))
}

/** Whether a room's desk can show a prompt right now; undefined while nobody knows. */
export function reachOf(state: DeskState, room: string): { online: boolean } | undefined {
  return state.desksOnline ? { online: state.desksOnline.has(room) } : undefined
}

/**
 * What a source is doing. States come once a second while a source is known to the recorder: with
 * the centre and the recorder there, silence about a source means that it is offline; with either
 * away nobody can say.
 */
export type Doing = SourceStatus['state'] | 'unknown'

const SILENCE_US = 6_000_000

export function doing(state: DeskState, source: string, nowUs: number): Doing {
  const status = state.status.get(source)
  const heard = state.statusAt.get(source)
  if (status && heard !== undefined && nowUs - heard <= SILENCE_US) return status.state
  const listened = state.liveSince !== null && nowUs - state.liveSince > SILENCE_US
  return listened && !state.troubles.has('recorder_unreachable') ? 'offline' : 'unknown'
}

/** The pause in force in a room. */
export function pauseOf(state: DeskState, room: string): Pause | undefined {
  const session = state.detail?.rooms.find((one) => one.id === room)?.session?.id
  return [...state.pauses.values()].find(
    (one) => one.room === room && one.session === session && one.end_us === undefined,
  )
}

/** The line that stands to a room, or to a device of it. */
export function lineOf(state: DeskState, room: string, to = ''): VoiceLine | undefined {
  return [...state.lines.values()].find((one) => one.room === room && (one.to ?? '') === to && one.state !== 'ended')
}

/** A device called the centre. */
export const fromDevice = (line: VoiceLine): boolean => line.by.startsWith('source:')

/** The account that speaks at the centre; none while nobody has taken a device's call. */
export const speakerOf = (line: VoiceLine): string | undefined => (fromDevice(line) ? line.answered_account : line.by)

/** Devices that call the centre now, the first first. */
export function ringingOf(state: DeskState): VoiceLine[] {
  return [...state.lines.values()].filter((one) => one.state === 'calling' && fromDevice(one))
}

/**
 * What is withheld of a source right now. Its state says so first, the pause's event a moment
 * later; covered as long as either says so.
 */
export function withheldOf(state: DeskState, room: string, source: string, nowUs: number): Track[] {
  const heard = state.statusAt.get(source)
  const fresh = heard !== undefined && nowUs - heard <= SILENCE_US
  const told = fresh ? (state.status.get(source)?.paused ?? []) : []
  const ordered = pauseOf(state, room)?.tracks ?? []
  return (['audio', 'video'] as const).filter((one) => told.includes(one) || ordered.includes(one))
}

/** The moment up to which everything now recording is protected; null when nothing records. */
export function allProtectedUntil(state: DeskState): number | null {
  let least: number | null = null
  for (const [source, status] of state.status) {
    if (status.state !== 'recording') continue
    const until = state.protectedUntil.get(source) ?? 0
    if (until && (least === null || until < least)) least = until
  }
  return least
}

/** Text of an utterance wherever it stands; undefined when it has not been loaded. */
export function findUtterance(state: DeskState, room: string, id: string): Utterance | undefined {
  return state.utterances.get(room)?.find((one) => one.id === id)
}
