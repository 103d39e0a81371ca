/**
 * RFC 6962 inclusion proofs, computed in the page with WebCrypto: the page does not have to believe
 * the centre that an entry stands in the log.
 */

const encoder = new TextEncoder()

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function joined(prefix: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0))
  all[0] = prefix
  let offset = 1
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

/** Section 2.1: the hash of a leaf is SHA-256 over 0x00 and the entry. */
export function leafHash(entry: string): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(joined(0, encoder.encode(entry)))
}

/** One step from a leaf to the root: what stands beside it, on which side, and what both give. */
export interface Step {
  side: 'left' | 'right'
  other: string
  hash: string
}

/** RFC 9162 section 2.1.3.2: the way from the leaf at `index`; null when the path cannot be one. */
export async function climb(
  leaf: Uint8Array<ArrayBuffer>,
  index: number,
  size: number,
  path: string[],
): Promise<Step[] | null> {
  if (index >= size) return null
  let fn = index
  let sn = size - 1
  let hash = leaf
  const steps: Step[] = []
  for (const step of path) {
    if (sn === 0) return null
    const other = fromHex(step)
    const left = fn % 2 === 1 || fn === sn
    if (left) {
      hash = await sha256(joined(1, other, hash))
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      hash = await sha256(joined(1, hash, other))
    }
    steps.push({ side: left ? 'left' : 'right', other: step, hash: toHex(hash) })
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 ? steps : null
}

/** Whether the path leads from the leaf at `index` to the root. */
export async function includes(
  leaf: Uint8Array<ArrayBuffer>,
  index: number,
  size: number,
  path: string[],
  root: string,
): Promise<boolean> {
  const steps = await climb(leaf, index, size, path)
  return steps !== null && (steps.at(-1)?.hash ?? toHex(leaf)) === root
}
