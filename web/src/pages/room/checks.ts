/**
 * The check list before an interview. Some points a person confirms, some the machine sees; what is
 * unmet never keeps anybody from recording, but is said, with a reason.
 */

export const POINTS = ['person', 'officers', 'notice', 'picture', 'sound', 'space'] as const
export type Point = (typeof POINTS)[number]
export type PointState = 'confirmed' | 'seen' | 'unmet'
export type Points = Record<Point, PointState>

export interface Checks {
  t_us: number
  points: Partial<Points>
  unmet: Point[]
  hours_left: number | null
  officers: { name: string; certificate: string }[]
  reason: string
  by_name: string
}

/** The two of one room, as 行政处罚法 art. 42 asks. */
export const OFFICERS_MIN = 2

/** Louder than this was somebody or something in the room, not the noise of a dead input. */
export const HEARD_DB = -60
/** Brighter than this on average (0 to 255) is a picture, not a lens cap. */
export const SEEN_LUMA = 10

export interface Look {
  person: boolean
  officers: number
  officersConfirmed: boolean
  noticeAnswered: boolean
  fixed: boolean // another device records the room: it is seen and heard already
  luma: number | null
  loudestDb: number | null
  space: string | null // ok, low or critical; null: not known
}

export function pointsOf(look: Look): Points {
  const met = (yes: boolean, how: PointState): PointState => (yes ? how : 'unmet')
  return {
    person: met(look.person, 'seen'),
    officers: met(look.officersConfirmed && look.officers >= OFFICERS_MIN, 'confirmed'),
    notice: met(look.noticeAnswered, 'confirmed'),
    picture: met(look.fixed || (look.luma ?? 0) > SEEN_LUMA, 'seen'),
    sound: met(look.fixed || (look.loudestDb ?? -100) > HEARD_DB, 'seen'),
    space: met(look.space === 'ok', 'seen'),
  }
}

export function unmetOf(points: Points): Point[] {
  return POINTS.filter((one) => points[one] === 'unmet')
}
