/**
 * When the pictures of a segment are shown, read from its own bytes: fragmented MP4 (ISO/IEC 14496-12,
 * `tfdt` and `trun`) or WebM (cluster time and blocks). Times are seconds of the media's own clock.
 * Pure. What cannot be read gives nothing: then one can still play, but not step by pictures.
 */

export interface MediaTimes {
  /** First sample of any track. */
  first_s: number
  /** The pictures, in order of showing. */
  frames_s: number[]
}

interface Track {
  scale: number
  video: boolean
}

export function mediaTimes(bytes: Uint8Array): MediaTimes | null {
  try {
    return bytes[0] === 0x1a && bytes[1] === 0x45 ? webmTimes(bytes) : mp4Times(bytes)
  } catch (error) {
    if (error instanceof RangeError) return null // cut off, or another form
    throw error
  }
}

// --- MP4

interface Box {
  type: string
  from: number
  to: number
}

function* boxes(view: DataView, from: number, to: number): Generator<Box> {
  let at = from
  while (at + 8 <= to) {
    let size = view.getUint32(at)
    let head = 8
    if (size === 1) {
      size = Number(view.getBigUint64(at + 8))
      head = 16
    } else if (size === 0) size = to - at
    if (size < head || at + size > to) throw new RangeError('box')
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)))
    yield { type, from: at + head, to: at + size }
    at += size
  }
}

function inside(view: DataView, box: Box, type: string): Box | undefined {
  for (const one of boxes(view, box.from, box.to)) if (one.type === type) return one
  return undefined
}

function mp4Times(bytes: Uint8Array): MediaTimes | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tracks = new Map<number, Track>()
  let first = Number.POSITIVE_INFINITY
  const frames: number[] = []
  for (const box of boxes(view, 0, bytes.length)) {
    if (box.type === 'moov') {
      for (const one of boxes(view, box.from, box.to)) if (one.type === 'trak') readTrack(view, one, tracks)
    } else if (box.type === 'moof') {
      for (const one of boxes(view, box.from, box.to)) {
        if (one.type !== 'traf') continue
        const begun = readRun(view, one, tracks, frames)
        if (begun !== null) first = Math.min(first, begun)
      }
    }
  }
  return Number.isFinite(first) ? { first_s: first, frames_s: frames.sort((a, b) => a - b) } : null
}

function readTrack(view: DataView, trak: Box, tracks: Map<number, Track>): void {
  const head = inside(view, trak, 'tkhd')
  const media = inside(view, trak, 'mdia')
  const mdhd = media && inside(view, media, 'mdhd')
  const hdlr = media && inside(view, media, 'hdlr')
  if (!head || !mdhd || !hdlr) return
  const id = view.getUint32(head.from + (view.getUint8(head.from) === 1 ? 20 : 12))
  const scale = view.getUint32(mdhd.from + (view.getUint8(mdhd.from) === 1 ? 20 : 12))
  tracks.set(id, { scale, video: view.getUint32(hdlr.from + 8) === 0x76696465 /* vide */ })
}

/** Pictures of one track fragment go to `frames`; returns its begin. */
function readRun(view: DataView, traf: Box, tracks: Map<number, Track>, frames: number[]): number | null {
  const tfhd = inside(view, traf, 'tfhd')
  const tfdt = inside(view, traf, 'tfdt')
  const track = tfhd && tracks.get(view.getUint32(tfhd.from + 4))
  if (!tfhd || !tfdt || !track?.scale) return null
  const wide = view.getUint8(tfdt.from) === 1
  let at = wide ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4)
  const begun = at / track.scale
  if (!track.video) return begun
  const usual = defaultDuration(view, tfhd)
  for (const run of boxes(view, traf.from, traf.to)) {
    if (run.type !== 'trun') continue
    const flags = view.getUint32(run.from) & 0xffffff
    const count = view.getUint32(run.from + 4)
    let next = run.from + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0)
    for (let i = 0; i < count; i += 1) {
      const length = flags & 0x100 ? view.getUint32(next) : usual
      next += (flags & 0x100 ? 4 : 0) + (flags & 0x200 ? 4 : 0) + (flags & 0x400 ? 4 : 0)
      const shift = flags & 0x800 ? view.getInt32(next) : 0
      next += flags & 0x800 ? 4 : 0
      frames.push((at + shift) / track.scale)
      at += length
    }
  }
  return begun
}

function defaultDuration(view: DataView, tfhd: Box): number {
  const flags = view.getUint32(tfhd.from) & 0xffffff
  if (!(flags & 0x8)) return 0
  return view.getUint32(tfhd.from + 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0))
}

// --- WebM (Matroska, RFC 9559)

const SEGMENT = 0x18538067
const CLUSTER = 0x1f43b675
const TIMESTAMP = 0xe7
const SIMPLE_BLOCK = 0xa3
const BLOCK_GROUP = 0xa0
const BLOCK = 0xa1
const TRACKS = 0x1654ae6b
const TRACK_ENTRY = 0xae
const TRACK_NUMBER = 0xd7
const TRACK_TYPE = 0x83
const INFO = 0x1549a966
const SCALE = 0x2ad7b1
const CONTAINERS = new Set([SEGMENT, CLUSTER, BLOCK_GROUP, TRACKS, INFO])

function webmTimes(bytes: Uint8Array): MediaTimes | null {
  const found = { scale: 1_000_000, cluster: 0, video: new Set<number>(), first: Number.POSITIVE_INFINITY, frames: [] as number[] }
  walk(bytes, 0, bytes.length, found)
  const seconds = (ticks: number): number => (ticks * found.scale) / 1e9
  if (!Number.isFinite(found.first)) return null
  return { first_s: seconds(found.first), frames_s: found.frames.map(seconds).sort((a, b) => a - b) }
}

interface Found {
  scale: number
  cluster: number
  video: Set<number>
  first: number
  frames: number[]
}

function walk(bytes: Uint8Array, from: number, to: number, found: Found): void {
  let at = from
  while (at < to) {
    const id = vint(bytes, at, false)
    const size = vint(bytes, at + id.length, true)
    const begin = at + id.length + size.length
    const end = size.value < 0 ? to : begin + size.value
    if (end > to) throw new RangeError('element')
    if (CONTAINERS.has(id.value)) walk(bytes, begin, end, found)
    else if (id.value === TIMESTAMP) found.cluster = number(bytes, begin, end)
    else if (id.value === SCALE) found.scale = number(bytes, begin, end)
    else if (id.value === TRACK_ENTRY) entry(bytes, begin, end, found)
    else if (id.value === SIMPLE_BLOCK || id.value === BLOCK) {
      const track = vint(bytes, begin, true)
      const signed = (bytes[begin + track.length]! << 24) >> 16 | bytes[begin + track.length + 1]!
      const when = found.cluster + signed
      found.first = Math.min(found.first, when)
      if (found.video.has(track.value)) found.frames.push(when)
    }
    at = end
  }
}

function entry(bytes: Uint8Array, from: number, to: number, found: Found): void {
  let track = 0
  let type = 0
  for (let at = from; at < to; ) {
    const id = vint(bytes, at, false)
    const size = vint(bytes, at + id.length, true)
    const begin = at + id.length + size.length
    if (id.value === TRACK_NUMBER) track = number(bytes, begin, begin + size.value)
    if (id.value === TRACK_TYPE) type = number(bytes, begin, begin + size.value)
    at = begin + size.value
  }
  if (type === 1) found.video.add(track)
}

/** A number of variable length; `masked` takes its length mark away. Unknown sizes are -1. */
function vint(bytes: Uint8Array, at: number, masked: boolean): { value: number; length: number } {
  const head = bytes[at]
  if (!head) throw new RangeError('vint')
  const length = Math.clz32(head) - 23
  let value = masked ? head & (0xff >> length) : head
  let ones = masked && value === 0xff >> length
  for (let i = 1; i < length; i += 1) {
    const byte = bytes[at + i]
    if (byte === undefined) throw new RangeError('vint')
    value = value * 256 + byte
    ones &&= byte === 0xff
  }
  return { value: ones ? -1 : value, length }
}

function number(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at += 1) value = value * 256 + bytes[at]!
  return value
}
