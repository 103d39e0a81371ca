/**
 * The calls of a resumable upload (tus 1.0): create, ask how far it is, send a piece. What is sent, how
 * it is remembered and when it is tried again is for who sends (`hand-over.ts`: parts a device kept
 * itself; `pages/handover/send-file.ts`: a chosen file).
 */

import { ApiError, problemOf } from '@/api/client'

export interface TusWays {
  /** How long a call may take. */
  patienceMs: number
  /** Statuses by which the centre says that it knows the upload no longer. */
  gone: number[]
  /** That of a source; without one who is signed in sends. */
  token?: string | null
  signal?: AbortSignal
}

export class TusWire {
  constructor(private readonly ways: TusWays) {}

  /** The path of a new upload of so many bytes. */
  async create(at: string, length: number, said: Record<string, string>): Promise<string> {
    const values = metadata(said)
    const response = await this.ask('POST', at, {
      'Upload-Length': String(length),
      ...(values ? { 'Upload-Metadata': values } : {}),
    })
    const location = response.headers.get('Location')
    if (!location) throw new ApiError(response.status, 'unexpected')
    // Only the path: the page speaks to the centre it came from, whatever the centre is called.
    return new URL(location, 'https://centre').pathname
  }

  /** How far the centre is; null when it no longer knows the upload. */
  async offset(upload: string): Promise<number | null> {
    try {
      return offsetIn(await this.ask('HEAD', upload))
    } catch (error) {
      if (error instanceof ApiError && this.ways.gone.includes(error.status)) return null
      throw error
    }
  }

  /** Sends the piece that begins at an offset; how far the centre is then. */
  async send(upload: string, offset: number, piece: Blob, headers: Record<string, string> = {}): Promise<number> {
    const all = { 'Upload-Offset': String(offset), ...headers, 'Content-Type': 'application/offset+octet-stream' }
    return offsetIn(await this.ask('PATCH', upload, all, piece))
  }

  /** What the centre says under a path. An answer that breaks off, or is another's (a network's own page), is none. */
  async told<T>(path: string): Promise<T> {
    const response = await this.ask('GET', path)
    try {
      return (await response.json()) as T
    } catch {
      throw new ApiError(0, 'unreachable')
    }
  }

  async ask(method: string, path: string, headers: Record<string, string> = {}, body?: Blob): Promise<Response> {
    const { token, signal, patienceMs } = this.ways
    const late = AbortSignal.timeout(patienceMs)
    let response: Response
    try {
      response = await fetch(path, {
        method,
        cache: 'no-store',
        credentials: token == null ? 'same-origin' : 'omit',
        signal: signal ? AbortSignal.any([signal, late]) : late,
        headers: { 'Tus-Resumable': '1.0.0', ...(token == null ? { 'X-Duizhi': '1' } : { Authorization: `Bearer ${token}` }), ...headers },
        ...(body ? { body } : {}),
      })
    } catch {
      throw new ApiError(0, 'unreachable')
    }
    if (response.ok) return response
    throw await problemOf(response)
  }
}

/** An answer without it is not the centre's. */
function offsetIn(response: Response): number {
  const said = response.headers.get('Upload-Offset')
  if (!said || !Number.isInteger(Number(said))) throw new ApiError(0, 'unreachable')
  return Number(said)
}

/** Upload-Metadata: keys with their values as UTF-8 in base64; empty values are left out. */
export function metadata(values: Record<string, string>): string {
  return Object.entries(values)
    .filter(([, value]) => value)
    .map(([key, value]) => `${key} ${base64(new TextEncoder().encode(value))}`)
    .join(',')
}

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
