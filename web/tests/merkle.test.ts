import { describe, expect, it } from 'vitest'
import { fromHex, includes, leafHash, sha256, toHex } from '@/base/merkle'

/** The tree of RFC 6962 section 2.1, straight from its definition. */
async function root(leaves: Uint8Array[]): Promise<Uint8Array> {
  if (leaves.length === 1) return leaves[0]!
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  const left = await root(leaves.slice(0, k))
  const right = await root(leaves.slice(k))
  return sha256(Uint8Array.from([1, ...left, ...right]))
}

async function path(m: number, leaves: Uint8Array[]): Promise<string[]> {
  if (leaves.length === 1) return []
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  if (m < k) return [...(await path(m, leaves.slice(0, k))), toHex(await root(leaves.slice(k)))]
  return [...(await path(m - k, leaves.slice(k))), toHex(await root(leaves.slice(0, k)))]
}

describe('inclusion proofs', () => {
  it('hash a leaf as RFC 6962 says (the empty leaf of its vectors)', async () => {
    expect(toHex(await leafHash(''))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    )
  })

  it('hold for every entry of every small tree, and for no other', async () => {
    const all: Uint8Array<ArrayBuffer>[] = []
    for (let i = 0; i < 20; i += 1) all.push(await leafHash(`entry ${i}`))
    for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 20]) {
      const leaves = all.slice(0, size)
      const head = toHex(await root(leaves))
      for (let i = 0; i < size; i += 1) {
        const steps = await path(i, leaves)
        expect(await includes(leaves[i]!, i, size, steps, head)).toBe(true)
        if (size > 1) {
          const other = (i + 1) % size
          expect(await includes(leaves[other]!, i, size, steps, head)).toBe(false)
        }
        expect(await includes(leaves[i]!, i, size, [...steps, head], head)).toBe(false)
      }
    }
  })

  it('fail for an index outside the tree', async () => {
    const leaf = await leafHash('x')
    expect(await includes(leaf, 1, 1, [], toHex(leaf))).toBe(false)
  })

  it('read hexadecimal back', () => {
    expect(toHex(fromHex('00ff10'))).toBe('00ff10')
  })
})
