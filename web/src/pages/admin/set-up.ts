/** How far an installation is, as the centre says. */

export interface TestRecording {
  session: string
  room: string
  opened_us: number
  closed_us: number | null
  recorded_us: number
  state: 'open' | 'closed' | 'running' | 'done' | 'failed'
  verdict: string
  root: string
}

export interface SetUp {
  unit_name: string
  unit_name_en: string
  unit_named: boolean
  now_us: number
  administrators: number
  managers: number
  interviewers: number
  rooms: number
  devices: number
  witnesses: number
  mirrors: number
  /** What holds from the next restart on. */
  unit_wanted: string
  unit_wanted_en: string
  witness_lines: string[]
  mirror_paths: string[]
  /** Settings that wait for a restart. */
  waiting: string[]
  test: TestRecording | null
}

export const STEPS = ['agency', 'people', 'places', 'safe', 'test'] as const
export type Step = (typeof STEPS)[number]

/** The text kept for an administrator who left the assistant: it does not open by itself again. */
export const LEFT = 'setUp.left'

/** Which steps are done, by what the centre says; `clockMs` is how far this computer's clock is off. */
export function doneSteps(one: SetUp, clockMs: number): Record<Step, boolean> {
  return {
    agency: one.unit_named && clockMs < 2_000,
    people: one.managers > 0 && one.interviewers > 0,
    places: one.rooms > 0,
    safe: one.witnesses > 0 && one.mirrors > 0,
    test: !!one.test?.verdict.startsWith('complete'),
  }
}
