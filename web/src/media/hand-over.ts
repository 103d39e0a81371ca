/**
 * Hands one part over by the resumable upload (tus 1.0): create, ask how far it is, send the rest, ask
 * what became of it. Every step may be repeated after a reload. The part is filed or refused when this
 * returns 'filed' or 'refused'; 'sent' means that the centre has all bytes and is not done with them.
 * Who hands over is the source by its token, or without one who is signed in.
 */

import { ApiError, at } from '@/api/client'
import { toHex } from '@/base/merkle'
import { TusWire } from './tus'
import type { Part, Span } from './parts'

const SLICE_BYTES = 1 << 20
const PATIENCE_MS = 30_000

/** The file of a part cannot be read in this browser. */
export class PartUnreadable extends Error {}

export interface HandOverPorts {
  token: string | null
  /** The page goes away. */
  signal?: AbortSignal
  read(name: string): Promise<Blob>
  change(name: string, change: Partial<Part>): void
}

/** What the centre filed of a part: the time that was missing there, and where it stands. */
export interface Filed {
  state: 'filed'
  session: string
  late_us: number
  spans: { start_us: number; end_us: number }[]
}

export type Outcome = { state: 'sent' } | Filed | { state: 'refused'; code: string }

export async function handOver(part: Part, ports: HandOverPorts): Promise<Outcome> {
  const wire = wireOf(ports.token, ports.signal)
  if (part.upload) {
    const outcome = await outcomeOf(wire, part.upload)
    if (outcome) return outcome
  }
  const file = await readable(ports.read(part.name))
  let upload = part.upload
  let offset = upload ? await wire.offset(upload) : null
  if (!upload || offset === null) {
    upload = await create(wire, part, file)
    offset = 0
    ports.change(part.name, { upload, offset })
  }
  while (offset < file.size) {
    offset = await wire.send(upload, offset, file.slice(offset, offset + SLICE_BYTES))
    ports.change(part.name, { offset })
  }
  return (await outcomeOf(wire, upload)) ?? { state: 'sent' }
}

/** SHA-256 of a file, in hex. */
export async function digestOf(file: Blob): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())))
}

/** The stretches of a part's time that the centre holds durably of its source. */
export async function recorded(token: string, { source, start_us, end_us }: Part, signal?: AbortSignal): Promise<{ spans: Span[]; protected_until_us: number }> {
  return wireOf(token, signal).told(`${at`/api/devices/${source}/recorded`}?from_us=${start_us}&to_us=${end_us}`)
}

async function readable<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    throw new PartUnreadable('part_unreadable', { cause: error })
  })
}

async function create(wire: TusWire, part: Part, file: Blob): Promise<string> {
  return wire.create('/uploads', file.size, {
    source: part.source,
    session: part.session,
    start_us: String(part.start_us),
    filename: part.name.slice(part.source.length + 1),
    kind: 'local-part',
    sha256: part.sha256 || (await readable(digestOf(file))),
    previous_sha256: part.previous,
    first: part.first ? '1' : '', // only then the moments it took to connect are not owed
  })
}

/** What became of an upload all of whose bytes have arrived; null while some are missing. */
async function outcomeOf(wire: TusWire, upload: string): Promise<Outcome | null> {
  let view: { state: string; code: string; session?: string; result?: Partial<Filed> }
  try {
    view = await wire.told(upload)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
  if (view.state === 'filed') return { state: 'filed', session: view.session ?? '', late_us: view.result?.late_us ?? 0, spans: view.result?.spans ?? [] }
  if (view.state === 'refused') return { state: 'refused', code: view.code }
  return view.state === 'receiving' ? null : { state: 'sent' }
}

function wireOf(token: string | null, signal?: AbortSignal): TusWire {
  return new TusWire({ patienceMs: PATIENCE_MS, gone: [404, 410], token, signal })
}
