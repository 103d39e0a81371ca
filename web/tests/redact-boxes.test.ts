import { describe, expect, it } from 'vitest'
import { LEAST, fresh, inside, stepped, typed } from '@/pages/audit/redact-boxes'

const box = { x: 100, y: 200, w: 300, h: 400 }

describe('places to be blurred', () => {
  it('go and grow by keys, and stop at the edges', () => {
    expect(stepped(box, 'ArrowRight', false)).toEqual({ ...box, x: 110 })
    expect(stepped(box, 'ArrowUp', false)).toEqual({ ...box, y: 190 })
    expect(stepped(box, 'ArrowDown', true)).toEqual({ ...box, h: 410 })
    expect(stepped(box, 'ArrowLeft', false, 500)).toEqual({ ...box, x: 0 })
    expect(stepped(box, 'ArrowRight', false, 5000)).toEqual({ ...box, x: 700 })
    expect(stepped(box, 'ArrowLeft', true, 5000)).toEqual({ ...box, w: LEAST })
    expect(stepped(box, 'ArrowRight', true, 5000)).toEqual({ ...box, w: 900 })
  })
  it('are typed in per cent', () => {
    expect(typed(box, 'x', 95)).toEqual({ ...box, x: 700 })
    expect(typed(box, 'w', 12.34)).toEqual({ ...box, w: 123 })
    expect(typed(box, 'h', -3)).toEqual({ ...box, h: LEAST })
    expect(typed(box, 'y', Number.NaN)).toEqual({ ...box, y: 0 })
  })
  it('begin inside, however many there are', () => {
    for (let n = 0; n < 30; n += 1) expect(inside(fresh(n))).toEqual(fresh(n))
  })
})
