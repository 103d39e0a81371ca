/**
 * Hands one file over by resumable upload (tus 1.0), from a file picker: pieces with their SHA-256, an
 * address remembered by the browser so that a reload or a lost network goes on where it was, and
 * patience while the centre is away. The phone page has its own, for parts it keeps itself.
 */

import { ApiError } from '@/api/client'
import { metadata } from '@/media/hand-over'

const TUS = { 'Tus-Resumable': '1.0.0', 'X-Duizhi': '1' }
const PIECE_BYTES = 4 << 20
const PATIENCE_MS = 60_000
const WAITS_MS = [500, 1000, 2000, 5000, 10_000]
const MEMORY = 'duizhi.upload.'

export interface Handing {
  /** Where uploads are created; left out: recordings. */
  at?: string
  file: File
  source: string
  signal: AbortSignal
  onOffset(offset: number, away: boolean): void
}

/** Returns the upload's id once every byte has arrived. */
export async function sendFile(handing: Handing): Promise<string> {
  const key = MEMORY + [handing.source, handing.file.name, handing.file.size, handing.file.lastModified].join('|')
  let failures = 0
  let offset = 0
  for (;;) {
    try {
      const known = localStorage.getItem(key)
      const at = known ? await offsetOf(known, handing.signal) : null
      const address = at === null ? await create(handing) : known!
      localStorage.setItem(key, address)
      offset = at ?? 0
      while (offset < handing.file.size) {
        handing.onOffset(offset, false)
        offset = await send(address, offset, handing)
        failures = 0
      }
      localStorage.removeItem(key)
      handing.onOffset(offset, false)
      return address.split('/').pop()!
    } catch (error) {
      if (handing.signal.aborted || !worthAgain(error)) throw error
      handing.onOffset(offset, true)
      await wait(WAITS_MS[Math.min(failures++, WAITS_MS.length - 1)]!, handing.signal)
    }
  }
}

/** Away, busy, full for a while, or somebody else was there: ask where it stands and go on. */
function worthAgain(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || [409, 423, 460].includes(error.status))
}

async function create({ at, file, source, signal }: Handing): Promise<string> {
  const response = await ask('POST', at ?? '/uploads', signal, {
    'Upload-Length': String(file.size),
    ...(at ? {} : { 'Upload-Metadata': metadata({ source, filename: file.name, kind: 'file' }) }),
  })
  const location = response.headers.get('Location')
  if (!location) throw new ApiError(response.status, 'unexpected')
  // Only the path: the page speaks to the centre it came from, whatever the centre is called.
  return new URL(location, 'https://centre').pathname
}

async function offsetOf(address: string, signal: AbortSignal): Promise<number | null> {
  try {
    return Number((await ask('HEAD', address, signal)).headers.get('Upload-Offset'))
  } catch (error) {
    if (error instanceof ApiError && [403, 404].includes(error.status)) return null
    throw error
  }
}

async function send(address: string, offset: number, { file, signal }: Handing): Promise<number> {
  const piece = file.slice(offset, offset + PIECE_BYTES)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await piece.arrayBuffer()))
  const headers = {
    'Upload-Offset': String(offset),
    'Upload-Checksum': `sha256 ${btoa(String.fromCharCode(...digest))}`,
    'Content-Type': 'application/offset+octet-stream',
  }
  const response = await ask('PATCH', address, signal, headers, piece)
  return Number(response.headers.get('Upload-Offset'))
}

async function ask(
  method: string,
  path: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
  body?: Blob,
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      headers: { ...TUS, ...headers },
      ...(body ? { body } : {}),
    })
  } catch {
    throw new ApiError(0, 'unreachable')
  }
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as { code?: string }
  throw new ApiError(response.status, problem.code ?? 'unexpected')
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (window.clearTimeout(timer), resolve()), { once: true })
  })
}
