import { describe, expect, it } from 'vitest'
import { goesOn, languageOf, modelOf, unheard } from '@/pages/review/readings'
import type { LaterReading, LaterReadings } from '@/pages/review/readings'

const reading = (id: string, state: LaterReading['state'], model = id): LaterReading => ({ id, engine: 'vosk', model, model_sha256: 'ab'.repeat(32), language: 'zh', asked_us: 1, by_name: '', part: false, done_us: state === 'done' ? 2 : null, sentences: 1, state })
const model = (reading: string) => ({ id: `m-${reading}`, name: reading, engine: 'vosk', size_bytes: 1, demo: false, reading })
const found = (closed: boolean, ...readings: LaterReading[]): LaterReadings => ({ closed, readings, models: ['a', 'b', 'c'].map(model) })

describe('readings of a session', () => {
  it('offers the models that were not asked yet, once it is closed', () => {
    expect(unheard(found(false))).toEqual([])
    expect(unheard(found(true, reading('a', 'done'), reading('b', 'failed'))).map((one) => one.id)).toEqual(['m-c'])
    expect(unheard(found(true, reading('a', 'done'), reading('b', 'stopped'))).map((one) => one.id)).toEqual(['m-b', 'm-c'])
  })

  it('looks again only while something goes on', () => {
    expect(goesOn(null)).toBe(false)
    expect(goesOn({ ...found(true), looking: true })).toBe(true)
    expect(goesOn(found(true, reading('a', 'done'), reading('b', 'missing'), reading('c', 'stopped')))).toBe(false)
    for (const state of ['waiting', 'running', 'failed'] as const) expect(goesOn(found(true, reading('a', state)))).toBe(true)
  })

  it('says where only the parts in one language are heard', () => {
    const one = reading('a', 'done')
    expect([one, { ...one, language: 'en', part: true }, { ...one, part: true }, { ...one, language: 'und' }].map(languageOf)).toEqual(['zh', 'enPart', 'zhPart', 'any'])
  })

  it('tells an old reading by the digest of its model', () => {
    expect(modelOf(reading('a', 'done', '大模型'))).toBe('大模型')
    expect(modelOf(reading('a', 'done', ''))).toBe('abababababab')
  })
})
