import { describe, expect, it } from 'vitest'
import { correction, laneOf, linkOf, moved, nextRecorded, openingOf, placed, queryOf, rangeOf, showing, stateAt, stepFrom, ticks, timedPieces, zoomed } from '@/pages/review/clock'
import type { ReviewLane, ReviewSession, ReviewSpan } from '@/pages/review/types'

const S = 1_000_000
const T0 = Date.UTC(2026, 2, 18, 2, 0, 0) * 1000

const span = (from: number, to: number, more: Partial<ReviewSpan> = {}): ReviewSpan => ({ start_us: T0 + from * S, end_us: T0 + to * S, state: 'gap', cause: 'network', track: 'all', ...more })
const lane = (source: string, from: number, to: number | null, spans: ReviewSpan[] = [], more: Partial<ReviewLane> = {}): ReviewLane => ({ session: 's1', source, name: source, kind: 'room_camera', start_us: T0 + from * S, end_us: to === null ? null : T0 + to * S, picture: true, sound: true, spans, late: [], ...more })
const session = (from: number, to: number | null): ReviewSession => ({ id: 's1', room: 'r', room_name: 'r', kind: 'interview', opened_us: T0 + from * S, closed_us: to === null ? null : T0 + to * S, person_name: '' })

describe('one clock', () => {
  it('reaches from the first opening to the last end, or to now', () => {
    expect(rangeOf([session(0, 60), session(30, 90)], [lane('a', 1, 59)], 0)).toEqual({ from_us: T0, to_us: T0 + 90 * S })
    expect(rangeOf([session(0, null)], [lane('a', 1, null)], T0 + 200 * S).to_us).toBe(T0 + 200 * S)
    expect(rangeOf([session(0, 1)], [], 0).to_us).toBe(T0 + 2 * S)
    expect(rangeOf([], [], T0)).toEqual({ from_us: T0 - S, to_us: T0 })
  })

  it('says at every moment what a lane has', () => {
    const one = lane('a', 10, 60, [span(20, 30), span(25, 28, { state: 'pause', cause: 'lawyer' }), span(40, 45, { track: 'audio' })])
    const state = (s: number, track: 'all' | 'video' | 'audio' = 'all') => stateAt(one, T0 + s * S, track)
    expect(state(9).state).toBe('before')
    expect(state(10).state).toBe('recorded')
    expect(state(20)).toEqual({ state: 'gap', span: one.spans[0] })
    expect(state(26).span?.cause).toBe('lawyer') // a pause outranks a gap
    expect(state(30).state).toBe('recorded') // a stretch ends before its end
    expect(state(41).state).toBe('recorded') // only the sound is missing
    expect(state(41, 'audio').state).toBe('gap')
    expect(state(41, 'video').state).toBe('recorded')
    expect(state(60).state).toBe('after')
    expect(stateAt(lane('b', 0, null), T0 + 1e6 * S).state).toBe('recorded')
  })

  it('takes what was handed over afterwards as recorded', () => {
    const one = lane('a', 0, 60, [span(20, 30)], { late: [{ start_us: T0 + 22 * S, end_us: T0 + 24 * S }] })
    expect(stateAt(one, T0 + 23 * S).state).toBe('recorded')
    expect(stateAt(one, T0 + 25 * S).state).toBe('gap')
  })

  it('knows where it goes on', () => {
    const lanes = [lane('a', 0, 20, [span(5, 10)]), lane('b', 40, 50)]
    expect(nextRecorded(lanes, T0 + 6 * S)).toBe(T0 + 10 * S)
    expect(nextRecorded(lanes, T0 + 25 * S)).toBe(T0 + 40 * S)
    expect(nextRecorded(lanes, T0 + 55 * S)).toBeNull()
    expect(nextRecorded(lanes, T0 + 3 * S)).toBe(T0 + 3 * S)
  })

  it('brings pictures back in step: none, a little, at once', () => {
    expect(correction(0.02, 1)).toEqual({ seek: false, rate: 1 })
    expect(correction(-0.02, 2)).toEqual({ seek: false, rate: 2 })
    expect(correction(0.05, 1)).toEqual({ seek: false, rate: 0.9 })
    expect(correction(-0.05, 2).rate).toBeCloseTo(2.2)
    expect(correction(-0.2, 2).rate).toBeCloseTo(2.4)
    expect(correction(0.4, 1)).toEqual({ seek: true, rate: 1 })
    expect(correction(-9, 0.5)).toEqual({ seek: true, rate: 0.5 })
  })

  it('steps by the pictures there are, however far apart', () => {
    const frames = [0, 40_000, 80_000, 250_000].map((one) => T0 + one)
    expect(stepFrom(frames, T0 + 40_500, 1)).toBe(T0 + 80_000)
    expect(stepFrom(frames, T0 + 40_500, -1)).toBe(T0)
    expect(stepFrom(frames, T0 + 200_000, -1)).toBe(T0 + 40_000) // 80 is on screen
    expect(stepFrom(frames, T0 + 250_500, 1)).toBeNull()
    expect(stepFrom(frames, T0, -1)).toBeNull()
    expect(stepFrom([], T0, 1)).toBeNull()
  })
})

describe('what of the time line is seen', () => {
  const range = { from_us: T0, to_us: T0 + 600 * S }

  it('zooms around a moment and stays within', () => {
    const near = zoomed(range, range, 0.5, T0 + 300 * S)
    expect(near).toEqual({ from_us: T0 + 150 * S, to_us: T0 + 450 * S })
    expect(zoomed(near, range, 9, T0 + 300 * S)).toEqual(range)
    const least = zoomed(near, range, 1e-9, T0 + 160 * S)
    expect(least.to_us - least.from_us).toBe(2 * S)
    expect(least.from_us).toBeLessThanOrEqual(T0 + 160 * S)
    expect(least.to_us).toBeGreaterThanOrEqual(T0 + 160 * S)
    expect(zoomed(near, range, 0.5, T0).from_us).toBe(T0)
  })

  it('moves, and turns the page when the moment leaves it', () => {
    const view = { from_us: T0, to_us: T0 + 60 * S }
    expect(moved(view, range, 1e12)).toEqual({ from_us: T0 + 540 * S, to_us: T0 + 600 * S })
    expect(moved(view, range, -1e12)).toEqual(view)
    expect(showing(view, range, T0 + 30 * S)).toBe(view)
    expect(showing(view, range, T0 + 66 * S).from_us).toBe(T0 + 60 * S)
  })

  it('marks whole steps of the clock', () => {
    const found = ticks({ from_us: T0 + 1, to_us: T0 + 60 * S }, 700)
    expect(found.map((one) => (one.at_us - T0) / S)).toEqual([10, 20, 30, 40, 50, 60])
    expect(ticks(range, 10).length).toBeLessThanOrEqual(1)
  })

  it('places a stretch in thousandths, cut off at the edges', () => {
    expect(placed(range, T0 + 60 * S, T0 + 120 * S)).toEqual({ left: 100, width: 100 })
    expect(placed(range, T0 - 60 * S, T0 + 60 * S)).toEqual({ left: 0, width: 100 })
    expect(placed(range, T0 + 601 * S, T0 + 602 * S)).toBeNull()
  })
})

describe('links and words', () => {
  it('a link says the same again', () => {
    const link = { sessions: ['s1', 's2'], at_us: T0, lane: 's2/cam' }
    expect(linkOf(queryOf(link))).toEqual(link)
    expect(linkOf({ at: '-5', sessions: ['x'], source: undefined })).toEqual({ sessions: [], at_us: null, lane: '' })
  })

  it('finds the lane that is meant, else one that speaks then', () => {
    const lanes = [lane('a', 0, 10), lane('b', 0, 60), lane('c', 0, 60, [], { sound: false })]
    expect(laneOf(lanes, 's1/b', T0)?.source).toBe('b')
    expect(laneOf(lanes, 'c', T0)?.source).toBe('c')
    expect(laneOf(lanes, '', T0 + 20 * S)?.source).toBe('b')
    expect(laneOf(lanes, '', T0 + 90 * S)?.source).toBe('a')
    expect(laneOf([], '', T0)).toBeUndefined()
  })

  it('a click finds its word, also between marks and without words', () => {
    const w = (text: string, at: number) => ({ w: text, s_us: T0 + at, e_us: T0 + at + 1 })
    const line = { text: '是李某，指派我。', start_us: T0, end_us: T0 + 9, words: [w('是', 0), w('李某', 1), w('[unk]', 2), w('指派', 3), w('我', 4)] }
    expect(timedPieces(line).map((one) => [one.text, one.start_us - T0])).toEqual([['是', 0], ['李某，', 1], ['指派', 3], ['我。', 4]])
    expect(timedPieces(line).map((one) => one.text).join('')).toBe(line.text)
    expect(timedPieces({ ...line, words: [] })).toEqual([{ text: line.text, start_us: T0, end_us: T0 + 9 }])
  })
})

describe('where a review opens', () => {
  it('is where the sources of one start have all begun; a later one is not waited for', () => {
    expect(openingOf([lane('a', 3, 60), lane('b', 1, 60), lane('c', 400, 500)])).toBe(T0 + 3 * S)
    expect(openingOf([])).toBeNull()
  })
})
