import { expect, it } from 'vitest'
import { soundOf } from '@/pages/record/line-sound'

const where = { session: 's1', microphones: [{ from_us: 100, source: 'left' }, { from_us: 200, source: 'right' }, { from_us: 300, source: 'left' }] }

it('takes the microphone that heard the moment', () => {
  const sources = [100, 150, 200, 299, 300, 9_999].map((t_us) => soundOf(where, { t_us })?.source)
  expect(sources).toEqual(['left', 'left', 'right', 'right', 'left', 'left'])
  expect(soundOf(where, { t_us: 50 })?.source).toBe('left') // a step before the first sentence
})

it('plays to the end of what was said, and what has no end for eight seconds', () => {
  expect(soundOf(where, { t_us: 200, end_us: 250 })).toEqual({ id: 's1:200:250', session: 's1', source: 'right', start_us: 200, end_us: 250 })
  expect(soundOf(where, { t_us: 200 })?.end_us).toBe(8_000_200)
  expect(soundOf(where, { t_us: 200, end_us: 200 })?.end_us).toBe(8_000_200)
})

it('has nothing to play where nothing was heard or said', () => {
  expect(soundOf({ session: 's1', microphones: [] }, { t_us: 200 })).toBeNull()
  expect(soundOf(where, { t_us: 0 })).toBeNull()
})
