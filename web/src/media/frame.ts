/**
 * The binary frames of /ws/live/{source}: u32 big-endian header length, JSON header, bytes.
 * Parsing only; no socket, no DOM.
 */

export interface InitFrame {
  kind: 'init'
  epoch: number
  mime: string
  bytes: Uint8Array<ArrayBuffer>
}

export interface FragmentFrame {
  kind: 'fragment'
  epoch: number
  number: number
  key: boolean
  start_us: number
  duration_us: number
  media_start_us: number
  bytes: Uint8Array<ArrayBuffer>
}

export interface EndFrame {
  kind: 'end'
}

export type LiveFrame = InitFrame | FragmentFrame | EndFrame

export class FrameError extends Error {}

/** No header is anywhere near this long; more means that the bytes are not a frame. */
const LONGEST_HEADER = 65_536

export function parseFrame(data: ArrayBuffer): LiveFrame {
  if (data.byteLength < 4) throw new FrameError('shorter than its length field')
  const length = new DataView(data).getUint32(0)
  if (length > LONGEST_HEADER || 4 + length > data.byteLength) {
    throw new FrameError('header longer than the frame')
  }
  const header = parseHeader(new Uint8Array(data, 4, length))
  const bytes = new Uint8Array(data, 4 + length)
  switch (header.kind) {
    case 'init':
      if (typeof header.mime !== 'string') throw new FrameError('init without mime')
      return { kind: 'init', epoch: whole(header, 'epoch'), mime: header.mime, bytes }
    case 'fragment':
      return {
        kind: 'fragment',
        epoch: whole(header, 'epoch'),
        number: whole(header, 'number'),
        key: header.key === true,
        start_us: whole(header, 'start_us'),
        duration_us: whole(header, 'duration_us'),
        media_start_us: whole(header, 'media_start_us'),
        bytes,
      }
    case 'end':
      return { kind: 'end' }
    default:
      throw new FrameError('unknown kind')
  }
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new FrameError('header is not JSON')
  }
  if (typeof header !== 'object' || header === null) throw new FrameError('header is not an object')
  return header as Record<string, unknown>
}

function whole(header: Record<string, unknown>, name: string): number {
  const value = header[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new FrameError(`${name} is not a whole number`)
  }
  return value
}
