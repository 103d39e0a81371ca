import { describe, expect, it } from 'vitest'
import { FrameError, parseFrame } from '@/media/frame'

function frame(header: unknown, body: number[] = [], text = JSON.stringify(header)): ArrayBuffer {
  const head = new TextEncoder().encode(text)
  const all = new Uint8Array(4 + head.length + body.length)
  new DataView(all.buffer).setUint32(0, head.length)
  all.set(head, 4)
  all.set(body, 4 + head.length)
  return all.buffer
}

const fragment = {
  kind: 'fragment',
  epoch: 2,
  number: 17,
  key: true,
  start_us: 1_790_000_000_000_000,
  duration_us: 200_000,
  media_start_us: 3_400_000,
}

describe('parseFrame', () => {
  it('reads an init segment with its mime', () => {
    const parsed = parseFrame(frame({ kind: 'init', epoch: 1, mime: 'video/mp4; codecs="avc1"' }, [1, 2, 3]))
    expect(parsed).toMatchObject({ kind: 'init', epoch: 1, mime: 'video/mp4; codecs="avc1"' })
    expect(parsed.kind === 'init' && [...parsed.bytes]).toEqual([1, 2, 3])
  })

  it('reads a fragment and keeps its bytes apart from the header', () => {
    const parsed = parseFrame(frame(fragment, [9, 8]))
    expect(parsed).toMatchObject(fragment)
    expect(parsed.kind === 'fragment' && [...parsed.bytes]).toEqual([9, 8])
  })

  it('takes a fragment whose key is missing as not a key frame', () => {
    const { key: _, ...rest } = fragment
    expect(parseFrame(frame(rest))).toMatchObject({ key: false })
  })

  it('reads the end', () => {
    expect(parseFrame(frame({ kind: 'end' }))).toEqual({ kind: 'end' })
  })

  it('ignores fields it does not know', () => {
    expect(parseFrame(frame({ kind: 'end', later: 1 }))).toEqual({ kind: 'end' })
  })

  it.each([
    ['no length', new ArrayBuffer(3)],
    ['a header longer than the frame', Uint8Array.from([0, 0, 1, 0, 123]).buffer],
    ['a length that is no header', Uint8Array.from([255, 255, 255, 255]).buffer],
    ['no JSON', frame(null, [], '{kind')],
    ['JSON that is not an object', frame(null, [], '7')],
    ['null', frame(null, [], 'null')],
    ['an unknown kind', frame({ kind: 'chunk' })],
    ['an init without mime', frame({ kind: 'init', epoch: 1 })],
    ['a fragment without number', frame({ ...fragment, number: undefined })],
    ['a fractional time', frame({ ...fragment, start_us: 1.5 })],
    ['a text for a number', frame({ ...fragment, epoch: '2' })],
  ])('refuses %s', (_, data) => {
    expect(() => parseFrame(data)).toThrow(FrameError)
  })
})
