/**
 * Hands one file over by resumable upload (tus 1.0), from a file picker: pieces with their SHA-256, an
 * address remembered by the browser so that a reload or a lost network goes on where it was, and
 * patience while the centre is away. The calls themselves: `media/tus.ts`.
 */

import { ApiError } from '@/api/client'
import { base64, TusWire } from '@/media/tus'

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
  const wire = new TusWire({ patienceMs: PATIENCE_MS, gone: [403, 404], signal: handing.signal })
  let failures = 0
  let offset = 0
  for (;;) {
    try {
      const known = localStorage.getItem(key)
      const at = known ? await wire.offset(known) : null
      const address = at === null ? await create(wire, handing) : known!
      localStorage.setItem(key, address)
      offset = at ?? 0
      while (offset < handing.file.size) {
        handing.onOffset(offset, false)
        offset = await send(wire, address, offset, handing.file)
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

function create(wire: TusWire, { at, file, source }: Handing): Promise<string> {
  return wire.create(at ?? '/uploads', file.size, at ? {} : { source, filename: file.name, kind: 'file' })
}

async function send(wire: TusWire, address: string, offset: number, file: File): Promise<number> {
  const piece = file.slice(offset, offset + PIECE_BYTES)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await piece.arrayBuffer()))
  return wire.send(address, offset, piece, { 'Upload-Checksum': `sha256 ${base64(digest)}` })
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (window.clearTimeout(timer), resolve()), { once: true })
  })
}
