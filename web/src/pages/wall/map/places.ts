/** What a map shows of a case: devices where they said they are, rooms where they stand. No browser needed. */

import type { Source } from '@/api/types'
import type { Position } from '@/desk/protocol'

/** As the centre answers `/api/cases/{case}/map`. */
export interface CaseMap {
  /** Address with {z}, {x}, {y}; empty: none, a grid is drawn. */
  tiles: string
  max_zoom: number
  attribution: string
  places: { room: string; lat_e7: number; lon_e7: number }[]
  tracks: { device: string; points: Position[] }[]
}

export type LatLon = [lat: number, lon: number]

export interface Placed {
  id: string
  name: string
  at: LatLon
  metres: number
  age_us: number
  /** Nothing newer for a while: where it was, not where it is. */
  stale: boolean
  /** The way of the last minutes, the oldest first. */
  track: LatLon[]
}

export const STALE_US = 60_000_000
/** As far back as the centre answers. */
export const TRACK_US = 30 * 60_000_000
export const MOST_POINTS = 600

export const degrees = (e7: number): number => e7 / 1e7
const latLon = (one: { lat_e7: number; lon_e7: number }): LatLon => [degrees(one.lat_e7), degrees(one.lon_e7)]

/** Positions of one device as one track: by the device's time, each once, the newest when there are too many. */
export function merged(a: readonly Position[], b: readonly Position[]): readonly Position[] {
  const last = a.at(-1)
  if (b.length === 1 && last && b[0]!.t_us > last.t_us) return [...a.slice(1 - MOST_POINTS), b[0]!]
  const by = new Map([...a, ...b].map((one) => [one.t_us, one]))
  return [...by.values()].sort((one, other) => one.t_us - other.t_us).slice(-MOST_POINTS)
}

export function placed(sources: readonly Source[], tracks: ReadonlyMap<string, readonly Position[]>, nameOf: (one: Source) => string, nowUs: number): Placed[] {
  return sources.flatMap((source) => {
    const track = tracks.get(source.id)
    const last = track?.at(-1)
    if (!track || !last || source.revoked) return []
    const age_us = Math.max(0, nowUs - last.t_us)
    return [
      {
        id: source.id,
        name: nameOf(source),
        at: latLon(last),
        metres: Math.max(1, Math.round(last.accuracy_mm / 1000)),
        age_us,
        stale: age_us > STALE_US,
        track: track.filter((one) => one.t_us >= nowUs - TRACK_US).map(latLon),
      },
    ]
  })
}
