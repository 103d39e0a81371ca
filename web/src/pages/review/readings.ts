/** Readings of a session by other models; explained in command_centre/desk/later_readings.py. */

export const LIVE = 'live'

export interface LaterReading {
  id: string
  engine: string
  model: string
  model_sha256: string
  language: string
  asked_us: number
  by_name: string
  done_us: number | null
  sentences: number
  /** The session was in other languages too, and only this one is heard. */
  part: boolean
  state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'missing'
}

export interface HearingModel {
  id: string
  name: string
  engine: string
  size_bytes: number
  demo: boolean
  reading: string
}

export interface LaterReadings {
  closed: boolean
  readings: LaterReading[]
  models: HearingModel[]
  /** There may be more models soon. */
  looking?: boolean
}

/** An old reading is told by the digest of its model alone. */
export const modelOf = (one: LaterReading): string => one.model || one.model_sha256.slice(0, 12)

/** Models that have not heard the session and were not asked to, or stopped trying; none while it runs. */
export function unheard(found: LaterReadings): HearingModel[] {
  if (!found.closed) return []
  const known = new Set(found.readings.filter((one) => one.state !== 'stopped').map((one) => one.id))
  return found.models.filter((one) => !known.has(one.reading))
}

/** Whether it is worth asking again how far they are. */
export const goesOn = (found: LaterReadings | null): boolean => found !== null && (found.looking === true || found.readings.some((one) => ['waiting', 'running', 'failed'].includes(one.state)))

/** Whose word says in which language a reading is: `review.reading.of`. */
export const languageOf = (one: LaterReading): string => (one.language === 'und' ? 'any' : `${one.language === 'en' ? 'en' : 'zh'}${one.part ? 'Part' : ''}`)
