import { describe, expect, it } from 'vitest'
import type { Source } from '@/api/types'
import { lineName, linesBetween, stepFor } from '@/pages/wall/map/graticule'
import { MOST_POINTS, TRACK_US, merged, placed } from '@/pages/wall/map/places'

const S = 1_000_000
const at = (t: number, lat = 345_000_000) => ({ lat_e7: lat, lon_e7: 1_089_000_000, accuracy_mm: 8_400, t_us: t * S })
const source = (id: string, more: Partial<Source> = {}): Source => ({ id, name: id, name_en: id, kind: 'body_camera', room: 'site', channels: [], ...more })
const name = (one: Source): string => one.name

describe('places on the map', () => {
  it('say how exact and how old they are, and are old when nothing newer comes', () => {
    const tracks = new Map([['cam', [at(10), at(20, 345_100_000)]]])
    const [fresh] = placed([source('cam'), source('drone')], tracks, name, 30 * S)
    expect(fresh).toMatchObject({ id: 'cam', at: [34.51, 108.9], metres: 8, age_us: 10 * S, stale: false })
    expect(fresh!.track).toHaveLength(2)
    expect(placed([source('cam')], tracks, name, 90 * S)[0]!.stale).toBe(true)
    expect(placed([source('cam', { revoked: true })], tracks, name, 30 * S)).toEqual([])
  })
  it('keep where a device was last, and forget the way after a while', () => {
    const tracks = new Map([['cam', [at(10), at(20)]]])
    const [old] = placed([source('cam')], tracks, name, TRACK_US + 60 * S)
    expect(old).toMatchObject({ at: [34.5, 108.9], stale: true, track: [] })
  })
  it('come in any order, each once, and never without bound', () => {
    expect(merged([at(1), at(2)], [at(2), at(3)]).map((one) => one.t_us / S)).toEqual([1, 2, 3])
    expect(merged([at(1), at(5)], [at(4)]).map((one) => one.t_us / S)).toEqual([1, 4, 5])
    let long: readonly ReturnType<typeof at>[] = []
    for (let t = 0; t < MOST_POINTS + 50; t += 1) long = merged(long, [at(t)])
    expect(long).toHaveLength(MOST_POINTS)
    expect(long.at(-1)!.t_us).toBe((MOST_POINTS + 49) * S)
  })
})

describe('the grid without tiles', () => {
  it('stands at round seconds, minutes and degrees', () => {
    expect(stepFor(1 / 3600 / 60, 70)).toBeCloseTo(2 / 3600, 12)
    expect(stepFor(1, 1000)).toBe(90)
    expect(linesBetween(108.9001, 108.902, 2 / 3600).map((lon) => lineName(lon, 2 / 3600, 'lon'))).toEqual([
      '108°54′02″E', '108°54′04″E', '108°54′06″E',
    ])
    expect(linesBetween(-0.5, 1.5, 1)).toEqual([0, 1])
    expect(lineName(-33.5, 1 / 60, 'lat')).toBe('33°30′S')
    expect(lineName(-120, 30, 'lon')).toBe('120°W')
    expect(lineName(34.50005, 0.1 / 3600, 'lat')).toBe('34°30′00.2″N')
    // the last tenth before a full minute does not read as sixty seconds
    expect(lineName(34 + 59.96 / 3600, 1 / 3600, 'lat')).toBe('34°01′00″N')
  })
})
