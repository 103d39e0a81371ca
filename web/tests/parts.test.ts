// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { Keyring } from '@/media/keyring'
import { joinCodeIn } from '@/pages/device/join-code'
import { fateOf, holes, keptUs, newPart, owedOf, PartList } from '@/media/parts'
import type { Part } from '@/media/parts'

const S = 1_000_000
const T0 = 1_795_000_000 * S

function part(change: Partial<Part> = {}): Part {
  const made = newPart('phone-a2', 's1', T0, 'video/mp4;codecs=avc1.42E01F,opus', false)
  return { ...made, end_us: T0 + 20 * S, bytes: 100, state: 'kept', ...change }
}

beforeEach(() => localStorage.clear())

describe('what becomes of a part', () => {
  const later = T0 + 21 * S

  it('is forgotten when the centre holds every moment', () => {
    expect(fateOf(part(), [[T0 - 5 * S, T0 + 30 * S]], later, later)).toBe('forget')
    // the centre's word counts even while it does not say how far it is
    expect(fateOf(part(), [[T0, T0 + 20 * S]], 0, later)).toBe('forget')
  })
  it('is owed when some of it is missing and the centre has written what it got', () => {
    expect(fateOf(part(), [[T0, T0 + 8 * S]], later, later)).toBe('hand_over')
    expect(fateOf(part(), [[T0, T0 + 8 * S], [T0 + 9 * S, T0 + 20 * S]], later, later)).toBe('hand_over')
    expect(fateOf(part(), [], later, later)).toBe('hand_over')
  })
  it('waits while the centre may still be writing', () => {
    expect(fateOf(part(), [[T0, T0 + 18 * S]], T0 + 18 * S, later)).toBe('wait')
    expect(fateOf(part(), [], 0, later)).toBe('wait')
    expect(fateOf(part(), [], 0, T0 + 60 * S)).toBe('hand_over')
  })
  it('does not owe the seam of two clocks', () => {
    expect(fateOf(part(), [[T0 + 0.3 * S, T0 + 19.7 * S]], later, later)).toBe('forget')
  })
  it('does not owe the moments it took to connect, but does when nothing was ever received', () => {
    const first = part({ first: true })
    expect(fateOf(first, [[T0 + 2 * S, T0 + 20 * S]], later, later)).toBe('forget')
    expect(fateOf(first, [[T0 + 8 * S, T0 + 20 * S]], later, later)).toBe('hand_over')
    expect(fateOf(first, [], later, later)).toBe('hand_over')
    expect(fateOf(part(), [[T0 + 2 * S, T0 + 20 * S]], later, later)).toBe('hand_over')
  })
})

describe('holes', () => {
  it('are what no span covers', () => {
    expect(holes(0, 10, [])).toEqual([[0, 10]])
    expect(holes(0, 10, [[0, 10]])).toEqual([])
    expect(holes(0, 10, [[-5, 2], [4, 6], [5, 7], [20, 30]])).toEqual([[2, 4], [7, 10]])
    expect(holes(0, 10, [[12, 30]])).toEqual([[0, 10]])
  })
})

describe('the list of parts', () => {
  it('outlives the page', () => {
    new PartList(localStorage).put(part())
    expect(new PartList(localStorage).all()).toEqual([part()])
  })
  it('closes what a page was writing when it went away, and drops what has no file', () => {
    const list = new PartList(localStorage)
    list.put(part({ state: 'recording', bytes: 10 }))
    list.put(part({ name: `phone-a2.${T0 + S}.mp4`, start_us: T0 + S }))
    list.adopt([{ name: part().name, bytes: 150 }])
    expect(list.all()).toEqual([part({ state: 'kept', bytes: 150 })])
  })
  it('adopts files that no list knows, by their names, and nothing else', () => {
    const list = new PartList(localStorage)
    list.adopt([
      { name: `phone-b3.${T0}.webm`, bytes: 9 },
      { name: `phone-b3.${T0 + S}.mp4`, bytes: 0 },
      { name: 'something else', bytes: 9 },
    ])
    expect(list.all().map((one) => [one.source, one.start_us, one.mime, one.state, one.first])).toEqual([
      ['phone-b3', T0, 'video/webm', 'owed', false], // what was before it is not known
    ])
  })
  it('begins anew when what is stored is no list', () => {
    localStorage.setItem('duizhi.device.parts', '{"half')
    expect(new PartList(localStorage).all()).toEqual([])
  })
  it('has one list for each use, and takes over what another page wrote', () => {
    const [list, other] = [new PartList(localStorage, 'room'), new PartList(localStorage, 'room')]
    other.put(part({ state: 'owed' }))
    expect(list.all()).toEqual([])
    list.reload()
    expect(list.all()).toHaveLength(1)
    expect(new PartList(localStorage).all()).toEqual([])
  })
  it('knows parts that were written down before they had digests', () => {
    const { sha256: _sha256, previous: _previous, ...old } = part()
    localStorage.setItem('duizhi.device.parts', JSON.stringify([old]))
    expect(new PartList(localStorage).all()).toEqual([part()])
  })
  it('tells how much time it holds, moments of two parts once', () => {
    expect(keptUs([])).toBe(0)
    expect(keptUs([part({ start_us: T0 + 19 * S, end_us: T0 + 30 * S }), part()])).toBe(30 * S)
    expect(keptUs([part(), part({ start_us: T0 + 60 * S, end_us: T0 + 61 * S })])).toBe(21 * S)
  })
  it('counts what is owed', () => {
    const parts = [
      part({ state: 'recording' }),
      part({ state: 'owed', bytes: 100, offset: 40 }),
      part({ state: 'sent', bytes: 50 }),
      part({ state: 'refused' }),
    ]
    expect(owedOf(parts)).toEqual({ parts: 2, bytes: 150, sent: 90, refused: 1 })
  })
})

describe('who the phone is', () => {
  it('is the latest source it became; earlier tokens are kept for what is owed', () => {
    const keyring = new Keyring(localStorage)
    expect(keyring.current()).toBeNull()
    keyring.add({ source: 'phone-1', token: 'a' })
    keyring.add({ source: 'phone-2', token: 'b' })
    expect(keyring.current()).toEqual({ source: 'phone-2', token: 'b' })
    expect(new Keyring(localStorage).of('phone-1')?.token).toBe('a')
    for (let n = 3; n < 20; n += 1) keyring.add({ source: `phone-${n}`, token: 'x' })
    expect(keyring.all()).toHaveLength(8)
  })
  it('forgets a token, and keeps those of each use apart', () => {
    const [phone, room] = [new Keyring(localStorage), new Keyring(localStorage, 'room')]
    phone.add({ source: 'a', token: '1' })
    room.add({ source: 'a', token: '2' })
    room.forget('a')
    room.forget('b')
    expect([phone.of('a')?.token, room.of('a')]).toEqual(['1', null])
  })
  it('reads the code from the address', () => {
    expect(joinCodeIn('#join=aB-_9')).toBe('aB-_9')
    expect(joinCodeIn('#join=')).toBeNull()
    expect(joinCodeIn('')).toBeNull()
  })
})
