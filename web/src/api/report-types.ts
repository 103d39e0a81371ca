/** The report of a verification: what was found, second by second, and who vouches. */

/** Somebody's word that a stretch came into the log between two times. */
export interface Attested {
  by: string
  not_before_us: number | null
  not_after_us: number
  /** Of a time stamp. */
  serial?: string
}

export type Verdict =
  | 'complete'
  | 'complete_with_gaps'
  | 'not_yet_witnessed'
  | 'altered'
  | 'missing'
  | 'unreadable'
export type SpanState = 'proved' | 'gap' | 'pause' | 'altered' | 'missing' | 'destroyed'

export interface Finding {
  code: string
  session: string
  source: string
  path: string
  start_us: number | null
  end_us: number | null
  detail: string
}

export interface LogHead {
  origin: string
  size: number
  root: string
  key_sha256: string
  last_t_us: number
}

export interface Report {
  verdict: Verdict
  exit_code: number
  findings: Finding[]
  totals: {
    recordings: number
    recorded_us: number
    elapsed_us: number
    gap_us: number
    gaps: number
    pause_us: number
    entries: number
    segments: number
  }
  per_source: {
    session: string
    source: string
    name: string
    start_us: number
    end_us: number
    open: boolean
    spans: { start_us: number; end_us: number; state: SpanState }[]
  }[]
  log: LogHead | null
  /** Of further recorders, when the sessions lie in several logs. */
  further_logs: LogHead[]
  /** Who vouches for every second of each session. */
  seconds?: {
    session: string
    spans: { start_us: number; end_us: number; cosigned: Attested[]; stamped: Attested[] }[]
  }[]
  /** Who vouches for each log as a whole. */
  protection?: { origin: string; quorum: string; witnessed: number; cosigned: Voucher[]; stamped: Voucher[] }[]
}

/** A witness or a time stamping authority of one log. */
export interface Voucher {
  by: string
  heads: number
  size: number
  last_us: number
  signed: boolean
  serial?: string
}
