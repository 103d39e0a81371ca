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
  test: TestRecording | null
}
