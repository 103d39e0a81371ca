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

/** What alarms say of the devices of the room, by the point they belong to; others belong to none of these. */
export const DEVICE_POINTS: Record<string, Point> = {
  picture_frozen: 'picture',
  picture_black: 'picture',
  picture_covered: 'picture',
  picture_moved: 'picture',
  source_lost: 'picture',
  microphone_silent: 'sound',
  device_silent: 'space',
  device_lost: 'space',
  device_garbled: 'space',
}

/** Each source of the room counts: one camera that is covered is a point unmet, whatever the others see. */
export function pointOf(alarm: { kind: string; source: string }, microphones: ReadonlySet<string>): Point | null {
  if (alarm.kind === 'source_lost' && microphones.has(alarm.source)) return 'sound'
  return DEVICE_POINTS[alarm.kind] ?? null
}

export interface Look {
  person: boolean
  officers: number
  officersConfirmed: boolean
  noticeAnswered: boolean
  /** Another device records the room: then the centre tells what is heard of it. */
  fixed: boolean
  fixedDb: number | null
  luma: number | null
  loudestDb: number | null
  space: string | null // ok, low or critical; null: not known
  disksFailed: number
  /** Points that an alarm of a device of the room speaks against. */
  against: ReadonlySet<Point>
}

export function pointsOf(look: Look): Points {
  const met = (yes: boolean, how: PointState): PointState => (yes ? how : 'unmet')
  const heard = (look.fixed ? look.fixedDb : look.loudestDb) ?? -100
  return {
    person: met(look.person, 'seen'),
    officers: met(look.officersConfirmed && look.officers >= OFFICERS_MIN, 'confirmed'),
    notice: met(look.noticeAnswered, 'confirmed'),
    picture: met((look.fixed || (look.luma ?? 0) > SEEN_LUMA) && !look.against.has('picture'), 'seen'),
    sound: met(heard > HEARD_DB && !look.against.has('sound'), 'seen'),
    space: met(look.space === 'ok' && look.disksFailed === 0 && !look.against.has('space'), 'seen'),
  }
}

export function unmetOf(points: Points): Point[] {
  return POINTS.filter((one) => points[one] === 'unmet')
}
