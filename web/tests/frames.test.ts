import { describe, expect, it } from 'vitest'
import { mediaTimes } from '@/media/frames'

const u32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const box = (type: string, ...parts: number[][]): number[] => {
  const body = parts.flat()
  return [...u32(body.length + 8), ...[...type].map((one) => one.charCodeAt(0)), ...body]
}
const track = (id: number, scale: number, handler: string): number[] =>
  box('trak', box('tkhd', u32(0), u32(0), u32(0), u32(id)), box('mdia', box('mdhd', u32(0), u32(0), u32(0), u32(scale)), box('hdlr', u32(0), u32(0), [...handler].map((one) => one.charCodeAt(0)))))
/** Durations and composition offsets for each sample. */
const run = (samples: [number, number][]): number[] => box('trun', u32(0x900), u32(samples.length), samples.flatMap(([length, shift]) => [...u32(length), ...u32(shift)]))
const fragment = (id: number, begin: number, body: number[]): number[] => box('traf', box('tfhd', u32(0x20000), u32(id)), box('tfdt', u32(0), u32(begin)), body)

describe('pictures of a segment', () => {
  it('reads their times from fragmented MP4, in order of showing', () => {
    const init = box('moov', track(1, 90_000, 'vide'), track(2, 48_000, 'soun'))
    const pictures = run([[3000, 0], [3000, 6000], [9000, 0x1_0000_0000 - 3000]])
    const bytes = new Uint8Array([...init, ...box('moof', fragment(1, 90_000, pictures), fragment(2, 47_040, box('trun', u32(0), u32(2)))), ...box('mdat', [1, 2, 3])])
    const found = mediaTimes(bytes)!
    expect(found.first_s).toBeCloseTo(0.98)
    expect(found.frames_s.map((one) => Math.round(one * 90_000))).toEqual([90_000, 93_000, 99_000])
  })

  it('reads WebM clusters', () => {
    const element = (id: number[], body: number[]): number[] => [...id, 0x40 | (body.length >> 8), body.length & 255, ...body]
    const entry = (number: number, type: number): number[] => element([0xae], [...element([0xd7], [number]), ...element([0x83], [type])])
    const block = (number: number, at: number): number[] => element([0xa3], [0x80 | number, (at >> 8) & 255, at & 255, 0x80, 9])
    const head = element([0x1a, 0x45, 0xdf, 0xa3], [])
    const tracks = element([0x16, 0x54, 0xae, 0x6b], [...entry(1, 1), ...entry(2, 2)])
    const cluster = element([0x1f, 0x43, 0xb6, 0x75], [...element([0xe7], [0x03, 0xe8]), ...block(2, -20), ...block(1, 0), ...block(1, 40)])
    const bytes = new Uint8Array([...head, 0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255, ...tracks, ...cluster])
    expect(mediaTimes(bytes)).toEqual({ first_s: 0.98, frames_s: [1, 1.04] })
  })

  it('says nothing of what it cannot read', () => {
    expect(mediaTimes(new Uint8Array([0, 0, 0, 99, 1, 2, 3, 4, 5]))).toBeNull()
    expect(mediaTimes(new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 0x40]))).toBeNull()
    expect(mediaTimes(new Uint8Array())).toBeNull()
  })
})
