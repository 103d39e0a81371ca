import { describe, expect, it } from 'vitest'
import { KEPT_US } from '@/api/tablet'
import { belongs, keptText, saidOf, tappedOf } from '@/pages/room/kept-checks'
import { CARD_MM, CSS_POINT_MM, FACE, LONG_CHARACTERS, READING_MM, cardRange, pointMm, promptPoints, screenMmOfCard, screenWidthOk, wordsOf } from '@/pages/room/prompt-size'

const about = { case: 'c1', room: 'room1', person: 'zhang', officers: ['吴某某', '<b>李</b>'] }
const notice = { understood: true, recusal: false, interpreter: false, note: '', language: 'zh' as const, how: 'aloud' as const, given_us: 1e15 - 5 }
const tapped = { officers: true, notice }

describe('what was tapped before the page loaded again', () => {
  it('counts for the same people for half an hour', () => {
    const text = keptText(about, tapped, 1e15)
    expect(tappedOf(text, about, 1e15 + KEPT_US)).toEqual(tapped)
    expect(tappedOf(text, about, 1e15 + KEPT_US + 1)).toBeNull()
    for (const other of [{ person: 'li' }, { room: 'room2' }, { case: 'c2' }, { officers: ['吴某某'] }]) {
      expect(tappedOf(text, { ...about, ...other }, 1e15)).toBeNull()
    }
  })

  it('takes nothing from what is not its own', () => {
    const wrong = [null, '', '{', '[]', '7', '{"at_us":"now"}', keptText(about, tapped, 1e15).slice(1)]
    for (const text of wrong) expect(tappedOf(text, about, 1e15)).toBeNull()
    const odd = JSON.stringify({ ...JSON.parse(keptText(about, tapped, 1e15)), confirmed: 'yes', notice: { understood: 1 } })
    expect(tappedOf(odd, about, 1e15)).toEqual({ officers: false, notice: null })
  })

  it('asks again for a notice that is not all there', () => {
    expect(saidOf({ ...notice })).toEqual(notice)
    expect(saidOf({ ...notice, notice: 'interview/2' })).toEqual({ ...notice, notice: 'interview/2' })
    expect(saidOf({ ...notice, notice: 7 })).toEqual(notice) // of a tablet from before: the one in use then
    for (const wrong of [{ language: 'fr' }, { how: 'sung' }, { given_us: 'now' }, { note: null }, { recusal: undefined }]) {
      expect(saidOf({ ...notice, ...wrong })).toBeNull()
    }
  })

  it('is said to the session of its start only', () => {
    expect(belongs(1e15, 1e15 + 60_000_000)).toBe(true)
    expect(belongs(1e15, 1e15 + 3600_000_000)).toBe(false)
  })
})

describe('how large a prompt is written', () => {
  const arcmin = (points: number, mm: number): number => ((Math.atan((points * FACE * mm) / READING_MM) * 180) / Math.PI) * 60

  it.each([[null, 1280], [217, 1280], [228, 1180], [263, 1366], [345, 1920]] as const)('is read from two metres on a screen of %s mm and %s points', (mm, points) => {
    const size = promptPoints(12, mm, points)
    expect(arcmin(size, pointMm(mm, points))).toBeGreaterThanOrEqual(20)
    expect(arcmin(size, pointMm(mm, points))).toBeLessThan(23)
    expect(arcmin(promptPoints(LONG_CHARACTERS + 1, mm, points), pointMm(mm, points))).toBeGreaterThanOrEqual(16)
  })

  it('does not believe a screen that cannot be', () => {
    for (const mm of [0, -5, 12, 9000, Number.NaN]) expect(pointMm(mm, 1280)).toBe(CSS_POINT_MM)
  })
})

describe('a card held against the screen', () => {
  it('tells how wide the screen is', () => {
    expect(screenMmOfCard(CARD_MM / CSS_POINT_MM, 1280)).toBe(339)
    for (const mm of [217, 263, 345]) expect(Math.abs(screenMmOfCard(Math.round((CARD_MM * 1280) / mm), 1280) - mm)).toBeLessThanOrEqual(1)
  })

  it('is drawn only so wide as a screen that is believed would have it', () => {
    for (const points of [390, 1280, 1920]) {
      const [least, most] = cardRange(points, 712)
      expect(least).toBeLessThan(most)
      for (const card of [least, most]) expect(screenWidthOk(screenMmOfCard(card, points))).toBe(true)
      expect(most).toBeLessThanOrEqual(712)
    }
  })
})

describe('the words of a prompt', () => {
  it('are whole and in order, and Chinese ones are told apart', () => {
    const words = wordsOf('核实危险作业由谁安排')
    expect(words.join('')).toBe('核实危险作业由谁安排')
    expect(words).toContain('作业')
    expect(wordsOf('Who arranged it?').join('')).toBe('Who arranged it?')
    expect(wordsOf('')).toEqual([])
  })
})
