/**
 * Checks an entry in the page itself: leaf, way to the root, the head's signature, the private part.
 * Nothing the centre says is believed but the bytes; the key is one that must be known from elsewhere.
 */

import { climb, leafHash, sha256, toHex } from '@/base/merkle'
import type { Step } from '@/base/merkle'

export interface LogLine {
  place: string
  kind: string
  t_us: number
  session: string
  room: string
  source: string
  by_name: string
  summary: Record<string, unknown>
}

export interface ProvedEntry {
  line: LogLine
  log: string
  index: number
  entry: string
  payload: string
  opened: Record<string, unknown>
  private: boolean
  leaf_hash: string
  size: number
  root: string
  path: string[]
  checkpoint: string
  public_key: string
  key_sha256: string
}

/** `unknown`: this browser cannot check it, or there is nothing to check. */
export type Held = 'yes' | 'no' | 'unknown'

export interface Checked {
  leaf: string
  steps: Step[]
  inTree: boolean
  head: boolean
  signed: Held
  payload: Held
}

const encoder = new TextEncoder()

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}

/** Size and root of a signed note are those of the proof. */
function saysHead(found: ProvedEntry): boolean {
  const [, size, root] = found.checkpoint.split('\n')
  return size === String(found.size) && !!root && toHex(bytesOf(root)) === found.root
}

async function signedBy(note: string, pem: string): Promise<Held> {
  const cut = note.indexOf('\n\n')
  const text = note.slice(0, cut + 1)
  const origin = text.split('\n')[0]!
  const line = note.slice(cut + 2).split('\n').find((one) => one.split(' ')[1] === origin)
  if (cut < 0 || !line) return 'no'
  try {
    const der = bytesOf(pem.replace(/-----[^-]+-----|\s/g, ''))
    const key = await crypto.subtle.importKey('spki', der, 'Ed25519', false, ['verify'])
    const signature = bytesOf(line.split(' ')[2]!).slice(4)
    return (await crypto.subtle.verify('Ed25519', key, signature, encoder.encode(text))) ? 'yes' : 'no'
  } catch {
    return 'unknown' // a browser without Ed25519
  }
}

/** The private part fits what the entry says of it: SHA-256 over salt and payload. */
async function fitsPayload(found: ProvedEntry): Promise<Held> {
  const stated = /"c":"([0-9a-f]{64})"/.exec(found.entry)?.[1]
  if (!stated || !found.payload) return 'unknown'
  const cut = found.payload.lastIndexOf(',"salt":"')
  const salt = /^,"salt":"([0-9a-f]{32})"/.exec(found.payload.slice(cut))?.[1]
  if (cut < 0 || !salt) return 'no'
  const payload = encoder.encode(found.payload.slice('{"payload":'.length, cut))
  const bytes = new Uint8Array(16 + payload.length)
  bytes.set(Uint8Array.from(salt.match(/../g)!, (pair) => Number.parseInt(pair, 16)))
  bytes.set(payload, 16)
  return toHex(await sha256(bytes)) === stated ? 'yes' : 'no'
}

export async function checkEntry(found: ProvedEntry): Promise<Checked> {
  const leaf = await leafHash(found.entry)
  const steps = await climb(leaf, found.index, found.size, found.path)
  const reached = steps?.at(-1)?.hash ?? toHex(leaf)
  const inTree = steps !== null && toHex(leaf) === found.leaf_hash && reached === found.root
  const head = saysHead(found)
  return {
    leaf: toHex(leaf),
    steps: steps ?? [],
    inTree,
    head,
    signed: await signedBy(found.checkpoint, found.public_key),
    payload: await fitsPayload(found),
  }
}

/** Bytes as in a hex editor: offset, sixteen bytes, what of them can be read. */
export function hexLines(text: string): string[] {
  const bytes = encoder.encode(text)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.slice(at, at + 16)
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const read = Array.from(part, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${read}`)
  }
  return lines
}
