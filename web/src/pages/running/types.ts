/** What the centre says of the running installation (/api/running/..., /api/outside). */

export interface ProcessState {
  name: string
  state: 'starting' | 'running' | 'waiting' | 'stopped' | 'refused'
  watched: boolean
  since_us: number
  /** Thousandths of one core since the last look. */
  cpu_pm: number
  memory_bytes: number
  starts: number
  last_exit: number | null
  fault_us: number | null
  /** Module and class of the latest error; never its text. */
  fault: string
}

export interface QueueState {
  name: string
  process: string
  waiting: number
  /** 0: there is none. */
  limit: number
}

export interface PartState {
  name: string
  state: 'ok' | 'warn' | 'bad' | 'off'
  code: string
  value: number
  since_us: number
  label: string
}

/** How the last order to change a log's keys stands. */
export interface Rotation {
  log: string
  state: 'none' | 'waiting' | 'failed'
  /** The class of what went wrong. */
  problem: string
  /** It waits for a process that is not there; taken up when it is. */
  away: boolean
  /** Its process has not taken it: it can be withdrawn. */
  left: boolean
}

export interface Facts {
  rooms: number
  rooms_open: number
  rooms_recording: number
  /** That hold or wait to be acknowledged, in all cases. */
  alarms: number
  free_bytes: number
  storage: 'ok' | 'low' | 'critical'
  room_hours_left_us: number
  /** When the fullest disk is full at the pace of the last 30 days; null: not to be said, or far. */
  full_us: number | null
  storage_warn: boolean
  keys_ending: number
}

export interface Health {
  at_us: number
  version: string
  processes: ProcessState[]
  queues: QueueState[]
  parts: PartState[]
  clock: { known: boolean; kept: boolean; offset_us: number; error_us: number; warn: boolean }
  machine: { cores: number; load_pm: number; memory_bytes: number; memory_free_bytes: number }
  facts?: Facts | null
}

export interface History {
  name: string
  at_us: number[]
  cpu_pm: number[]
  memory_bytes: number[]
}

export interface Disk {
  places: string[]
  total_bytes: number
  free_bytes: number
  kept_bytes: number
  level: 'ok' | 'low' | 'critical'
}

export interface Day {
  day: string
  bytes: number
  recorded_us: number
  sessions: number
}

export interface Pace {
  days: number
  recorded_days: number
  bytes_per_day: number
  full_us: number | null
  enough: boolean
  warn: boolean
}

export interface Storage {
  at_us: number
  complete: boolean
  disks: Disk[]
  places: { name: string; kinds: Record<string, number> }[]
  days: Day[]
  paces: Pace[]
  bytes_per_room_hour: number
  rate_of: 'days' | 'setting'
  room_hours_measured_us: number
  room_hours_left_us: number
  rooms: number
  copies: number
  warn_full_days: number
  low_hours: number
  critical_hours: number
  held_cases: number
  held_sessions: number
  proposed: number
}

export interface KeyRow {
  use: string
  owner: string
  algorithm: string
  fingerprint: string
  since_us: number | null
  until_us: number | null
  state: 'ok' | 'ends_soon' | 'ended' | 'not_certified' | 'plain'
  encrypted: boolean | null
}

export interface Voucher {
  name: string
  kind: 'witness' | 'stamp'
  outside: boolean
  state: 'waiting' | 'ok' | 'lost' | 'usb'
  since_us: number
  detail: string
  logs: { log: string; until_us: number | null }[]
}

export interface Token {
  source: string
  name: string
  name_en: string
  valid: number
  revoked: number
  last_us: number | null
}

export interface Keys {
  at_us: number
  keys: KeyRow[]
  tokens: Token[]
  vouchers: Voucher[]
  quorum: number
  interval_seconds: number
  outside: number
  warn_expiry_days: number
  rotations: Rotation[]
}

export interface Model {
  id: string
  kind: 'speech' | 'speaker' | 'second' | 'comparison'
  language: string
  name: string
  size_bytes: number
  words: number
  digest: string
  licence: string
  since_us: number | null
  demo: boolean
  used_for: string[]
  loaded_digest: string
  rooms: string[]
  problem: string
}

export interface Models {
  models: Model[]
  commands: string[]
}

export interface ModelChecked {
  digest: string
  expected: string
  against: 'loaded' | 'first_seen'
  same: boolean
}

export interface Outside {
  on: boolean
  issuer: string
  client_id: string
  name: string
  name_en: string
  username_claim: string
  role_claim: string
  roles: string[]
  second_factor: string[]
  back: string
  tied: {
    account_id: string
    account: string
    account_name: string
    role: string
    subject: string
    name: string
    created_us: number
    used_us: number | null
  }[]
  waiting: { subject: string; name: string; username: string; t_us: number }[]
}

interface CaseName {
  case: string
  number: string
  name: string
  name_en: string
}

/** A session whose period is over. */
export interface WaitingEnd {
  session: string
  of: CaseName
  room: string
  room_en: string
  opened_us: number
  until_us: number
  confirmed: { account: string; name: string; t_us: number }[]
}

interface CustodyStep {
  id: string
  from_name: string
  to_name: string
  note: string
  state: 'offered' | 'accepted' | 'declined' | 'lapsed'
  offered_us: number
  mine: boolean
}

/** What waits for an administrator, and the evidence they keep. */
export interface Keeping {
  ends: WaitingEnd[]
  kept: { of: CaseName; custody: { keeper: string; may_offer: boolean; steps: CustodyStep[]; keepers: { account: string; name: string }[] } }[]
}
