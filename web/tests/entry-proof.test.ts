import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkEntry, hexLines } from '@/pages/log/entry-proof'
import type { ProvedEntry } from '@/pages/log/entry-proof'

const sha = (...parts: (Buffer | string)[]): Buffer => {
  const state = createHash('sha256')
  for (const part of parts) state.update(part)
  return state.digest()
}
const leaf = (text: string): Buffer => sha(Buffer.of(0), text)
const node = (a: Buffer, b: Buffer): Buffer => sha(Buffer.of(1), a, b)

const salt = Buffer.alloc(16, 7)
const payload = '{"name":"张某"}'
const entry = `{"body":{"c":"${sha(salt, payload).toString('hex')}"},"kind":"marker","seq":2}`
const { publicKey, privateKey } = generateKeyPairSync('ed25519')

/** A tree of five leaves; the entry is the third. */
function proved(): ProvedEntry {
  const leaves = ['a', 'b', entry, 'd', 'e'].map(leaf)
  const left = node(leaves[0]!, leaves[1]!)
  const root = node(node(left, node(leaves[2]!, leaves[3]!)), leaves[4]!)
  const text = `log\n5\n${root.toString('base64')}\n`
  const line = Buffer.concat([Buffer.alloc(4), sign(null, Buffer.from(text), privateKey)]).toString('base64')
  return {
    line: { place: 'recorder-1.2', kind: 'marker', t_us: 0, session: '', room: '', source: '', by_name: '', summary: {} },
    log: 'recorder-1', index: 2, entry, private: true, opened: {},
    payload: `{"payload":${payload},"salt":"${salt.toString('hex')}","seq":2}`,
    leaf_hash: leaf(entry).toString('hex'), size: 5, root: root.toString('hex'),
    path: [leaves[3]!, left, leaves[4]!].map((one) => one.toString('hex')),
    checkpoint: `${text}\n— other AAAA\n— log ${line}\n`,
    public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    key_sha256: '',
  }
}

describe('an entry checked in the page', () => {
  it('holds, step by step', async () => {
    const checked = await checkEntry(proved())
    expect(checked).toMatchObject({ inTree: true, head: true, signed: 'yes', payload: 'yes' })
    expect(checked.steps.map((step) => step.side)).toEqual(['right', 'left', 'right'])
    expect(checked.steps.at(-1)!.hash).toBe(proved().root)
  })

  it.each([
    ['another byte', { entry: entry.replace('marker', 'markes') }, { inTree: false }],
    ['another neighbour', { path: proved().path.with(1, '00'.repeat(32)) }, { inTree: false }],
    ['a path cut short', { path: proved().path.slice(0, 2) }, { inTree: false }],
    ['another root', { root: '11'.repeat(32) }, { inTree: false, head: false }],
    ['another size', { size: 6 }, { head: false }],
    ['another signature', { checkpoint: proved().checkpoint.replace('log\n5', 'log\n6') }, { signed: 'no' }],
    ['no signature', { checkpoint: 'log\n5\nAA==\n' }, { signed: 'no', head: false }],
    ['another payload', { payload: proved().payload.replace('张', '李') }, { payload: 'no' }],
    ['a payload that is not at hand', { payload: '' }, { payload: 'unknown' }],
  ])('%s is told', async (_, change, told) => {
    expect(await checkEntry({ ...proved(), ...change })).toMatchObject(told)
  })

  it('shows bytes as a hex editor does', () => {
    expect(hexLines('{"a":"张"}')).toEqual(['000000  7b 22 61 22 3a 22 e5 bc a0 22 7d                 {"a":"...."}'.replace('....', '...')])
  })
})
