/**
 * Hands one part over by the resumable upload (tus 1.0): create, ask how far it is, send the rest, ask
 * what became of it. Every step may be repeated after a reload. The part is filed or refused when this
 * returns 'filed' or 'refused'; 'sent' means that the centre has all bytes and is not done with them.
 * Who hands over is the source by its token, or without one who is signed in.
 */

import { ApiError, at, problemOf } from '@/api/client'
import { toHex } from '@/base/merkle'
import type { Part, Span } from './parts'

const TUS = { 'Tus-Resumable': '1.0.0' }
const SLICE_BYTES = 1 << 20
const PATIENCE_MS = 30_000

export interface HandOverPorts {
  token: string | null
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
  const wire = new Wire(ports.token)
  if (part.upload) {
    const outcome = await wire.outcome(part.upload)
    if (outcome) return outcome
  }
  const file = await ports.read(part.name)
  let upload = part.upload
  let offset = upload ? await wire.offset(upload) : null
  if (!upload || offset === null) {
    upload = await wire.create(part, file)
    offset = 0
    ports.change(part.name, { upload, offset })
  }
  while (offset < file.size) {
    offset = await wire.send(upload, offset, file.slice(offset, offset + SLICE_BYTES))
    ports.change(part.name, { offset })
  }
  return (await wire.outcome(upload)) ?? { state: 'sent' }
}

/** SHA-256 of a file, in hex. */
export async function digestOf(file: Blob): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())))
}

/** The stretches between two instants that the centre holds durably of a source. */
export async function recorded(token: string, source: string, fromUs: number, toUs: number): Promise<{ spans: Span[]; protected_until_us: number }> {
  const answer = await new Wire(token).ask('GET', `${at`/api/devices/${source}/recorded`}?from_us=${fromUs}&to_us=${toUs}`)
  return (await answer.json()) as { spans: Span[]; protected_until_us: number }
}

class Wire {
  constructor(private readonly token: string | null) {}

  async create(part: Part, file: Blob): Promise<string> {
    const response = await this.ask('POST', '/uploads', {
      'Upload-Length': String(file.size),
      'Upload-Metadata': metadata({
        source: part.source,
        session: part.session,
        start_us: String(part.start_us),
        filename: part.name.slice(part.source.length + 1),
        kind: 'local-part',
        sha256: part.sha256 || (await digestOf(file)),
        previous_sha256: part.previous,
      }),
    })
    const location = response.headers.get('Location')
    if (!location) throw new ApiError(response.status, 'unexpected')
    // Only the path: the page speaks to the centre it came from, whatever the centre is called.
    return new URL(location, 'https://centre').pathname
  }

  /** How far the centre is; null when it no longer knows the upload. */
  async offset(upload: string): Promise<number | null> {
    try {
      const response = await this.ask('HEAD', upload)
      return Number(response.headers.get('Upload-Offset') ?? 0)
    } catch (error) {
      if (error instanceof ApiError && [404, 410].includes(error.status)) return null
      throw error
    }
  }

  async send(upload: string, offset: number, piece: Blob): Promise<number> {
    const headers = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' }
    const response = await this.ask('PATCH', upload, headers, piece)
    return Number(response.headers.get('Upload-Offset'))
  }

  /** What became of an upload all of whose bytes have arrived; null while some are missing. */
  async outcome(upload: string): Promise<Outcome | null> {
    let view: { state: string; code: string; session?: string; result?: Partial<Filed> }
    try {
      view = (await (await this.ask('GET', upload)).json()) as typeof view
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    }
    if (view.state === 'filed') return { state: 'filed', session: view.session ?? '', late_us: view.result?.late_us ?? 0, spans: view.result?.spans ?? [] }
    if (view.state === 'refused') return { state: 'refused', code: view.code }
    return view.state === 'receiving' ? null : { state: 'sent' }
  }

  async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Blob,
  ): Promise<Response> {
    let response: Response
    try {
      response = await fetch(path, {
        method,
        cache: 'no-store',
        credentials: this.token === null ? 'same-origin' : 'omit',
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: { ...TUS, ...(this.token === null ? { 'X-Duizhi': '1' } : { Authorization: `Bearer ${this.token}` }), ...headers },
        ...(body ? { body } : {}),
      })
    } catch {
      throw new ApiError(0, 'unreachable')
    }
    if (response.ok) return response
    throw await problemOf(response)
  }
}

/** Upload-Metadata: keys with their values as UTF-8 in base64; empty values are left out. */
export function metadata(values: Record<string, string>): string {
  return Object.entries(values)
    .filter(([, value]) => value)
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',')
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
