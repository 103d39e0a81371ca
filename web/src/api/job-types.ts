/** Long tasks, as the centre tells of them. */

export type JobKind = 'verify' | 'check' | 'export' | 'derive' | 'clip' | 'measure' | 'model'

/** A job in the list of who began it. */
export interface JobItem {
  id: string
  kind: JobKind
  state: 'running' | 'done' | 'failed'
  progress: number
  created_us: number
  finished_us: number | null
  code: string
  case: string
  case_number: string
  case_name: string
  case_name_en: string
  session: string
  room: string
  room_en: string
  about: string
  verdict: string
  export: string
  derived: string
}

export interface Job<Result> {
  id: string
  kind: string
  state: 'running' | 'done' | 'failed'
  progress: number
  result: Result | null
  error: { code: string; detail: string } | null
}
