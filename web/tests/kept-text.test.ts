// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { forgetAccount, loadAccount } from '@/api/account'
import { differs, keptIn, keptOf, keptTexts, notYet, textOf } from '@/pages/record/kept-text'
import { newLine } from '@/pages/record/types'
import type { Line, RecordView } from '@/pages/record/types'
import { useRecord } from '@/pages/record/useRecord'

const line = (text: string, utterance = ''): Line => ({ ...newLine('a'), text, utterances: utterance ? [utterance] : [] })
const saved = (version: number, ...lines: Line[]): RecordView =>
  ({ session: 's1', case: 'c1', room: 'room1', room_name: '询问室 1', room_name_en: 'Room 1', person_name: '张某', person_name_en: 'Zhang', form: 'questioning', version, header: { place: '询问室 1' }, lines, fresh: [], documents: [], evidence: [] }) as unknown as RecordView

let answers: Record<string, unknown>
let refused: boolean
/** The centre takes a text only over the version that it has. */
let strict: boolean
let posted: { base: number; header: Record<string, string>; lines: Line[] }[]

async function signedIn(id: string): Promise<void> {
  forgetAccount()
  answers['/api/me'] = { id, account: id, name: id, role: 'interviewer' }
  await loadAccount()
}

beforeEach(async () => {
  sessionStorage.clear()
  refused = strict = false
  posted = []
  answers = { '/api/me/kept': { kept: {} }, '/api/sessions/s1/record': saved(1, line('是李某安排的')) }
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    const record = answers['/api/sessions/s1/record'] as RecordView
    if (strict && path.endsWith('/text')) {
      const body = JSON.parse(init!.body as string) as (typeof posted)[number]
      if (body.base !== record.version) return Promise.resolve(new Response('{"code":"record_changed"}', { status: 409 }))
      posted.push(body)
      answers['/api/sessions/s1/record'] = { ...record, version: body.base + 1, by_name: '吴某', header: body.header, lines: body.lines, fresh: [] }
    }
    return Promise.resolve(refused ? new Response('{"code":"conflict"}', { status: 409 }) : new Response(JSON.stringify(answers[path.replace('/text', '')]), { status: 200 }))
  })
  await signedIn('wu')
})
afterEach(() => {
  forgetAccount()
  vi.unstubAllGlobals()
})

async function opened(mayEdit = true) {
  const record = useRecord(() => 's1')
  await record.open(mayEdit)
  return record
}

async function typed(record: ReturnType<typeof useRecord>, text: string): Promise<void> {
  record.lines.value[0]!.text = text
  record.dirty.value = true
  await nextTick()
}

/** What waits aside, by its first line. */
const texts = (record: ReturnType<typeof useRecord>): string[] => record.aside.value.map((one) => one.text.lines[0]!.text)

describe('text of a record that was not saved', () => {
  it('stands in the record again when it is opened again', async () => {
    await typed(await opened(), '是李某叫我去的')
    expect(keptTexts.value.map((one) => [one.case, one.room, one.person.name])).toEqual([['c1', 'room1', '张某']])
    const again = await opened()
    expect(again.lines.value[0]!.text).toBe('是李某叫我去的')
    expect([again.dirty.value, again.back.value?.version]).toEqual([true, 1])
  })

  it('is given up by one press and put back by another, with what was changed since', async () => {
    await typed(await opened(), '是李某叫我去的')
    const again = await opened()
    await typed(again, '是李某叫我和王某去的')
    again.giveUp()
    await nextTick()
    expect(again.aside.value.map((one) => one.given)).toEqual([true])
    expect([again.lines.value[0]!.text, again.dirty.value, keptIn('s1')]).toEqual(['是李某安排的', false, null])
    again.putBack(again.aside.value[0]!)
    await nextTick()
    expect(again.lines.value[0]!.text).toBe('是李某叫我和王某去的')
    expect(again.aside.value).toEqual([])
    expect(keptIn('s1')?.lines[0]!.text).toBe('是李某叫我和王某去的')
  })

  it('waits to be asked for where the record was saved since', async () => {
    await typed(await opened(), '是李某叫我去的')
    answers['/api/sessions/s1/record'] = saved(2, line('是赵某安排的'))
    const again = await opened()
    expect([again.lines.value[0]!.text, again.dirty.value, texts(again)]).toEqual(['是赵某安排的', false, ['是李某叫我去的']])
    again.putBack(again.aside.value[0]!)
    expect([again.lines.value[0]!.text, again.view.value!.version]).toEqual(['是李某叫我去的', 2])
  })

  describe('of an older version', () => {
    let record: ReturnType<typeof useRecord>
    beforeEach(async () => {
      await typed(await opened(), '是李某叫我去的')
      answers['/api/sessions/s1/record'] = saved(2, line('是赵某安排的'))
      record = await opened()
    })

    it('waits on while something is typed, and both are there after a reload', async () => {
      await typed(record, '是')
      expect([texts(record), keptTexts.value.length]).toEqual([['是李某叫我去的'], 1])
      const again = await opened()
      expect([again.lines.value[0]!.text, again.dirty.value, texts(again)]).toEqual(['是', true, ['是李某叫我去的']])
    })

    it('waits on when the record is saved, or marked at signing', async () => {
      await typed(record, '是')
      answers['/api/sessions/s1/record'] = saved(3, line('是'))
      await record.save()
      expect([texts(record), keptIn('s1'), texts(await opened())]).toEqual([['是李某叫我去的'], null, ['是李某叫我去的']])
      await record.askChange(0, '不是安排')
      expect([texts(record), texts(await opened())]).toEqual([['是李某叫我去的'], ['是李某叫我去的']])
    })

    it('changes places with what was typed, which goes nowhere', async () => {
      await typed(record, '是王某')
      record.putBack(record.aside.value[0]!)
      await nextTick()
      expect([record.lines.value[0]!.text, texts(record)]).toEqual(['是李某叫我去的', ['是王某']])
      const again = await opened()
      expect([again.lines.value[0]!.text, texts(again)]).toEqual(['是李某叫我去的', ['是王某']])
      again.putBack(again.aside.value[0]!)
      await nextTick()
      expect([again.lines.value[0]!.text, texts(again)]).toEqual(['是王某', ['是李某叫我去的']])
    })

    it('is gone once it was put back and saved', async () => {
      record.putBack(record.aside.value[0]!)
      await nextTick()
      answers['/api/sessions/s1/record'] = saved(3, line('是李某叫我去的'))
      await record.save()
      expect([record.back.value, texts(record), sessionStorage.length]).toEqual([null, [], 0])
    })

    it('is gone once it is given up, and put back while the record is open', async () => {
      record.giveUp(record.aside.value[0])
      expect([record.lines.value[0]!.text, record.aside.value[0]?.given, sessionStorage.length]).toEqual(['是赵某安排的', true, 0])
      expect(texts(await opened())).toEqual([])
      record.putBack(record.aside.value[0]!)
      await nextTick()
      expect(keptIn('s1')?.lines[0]!.text).toBe('是李某叫我去的')
    })
  })

  it('is kept no more once it is saved, and longer where it could not be', async () => {
    const record = await opened()
    await typed(record, '是李某叫我去的')
    refused = true
    await expect(record.save()).rejects.toThrow('conflict')
    expect([record.lines.value[0]!.text, keptIn('s1')?.lines.length]).toEqual(['是李某叫我去的', 1])
    refused = false
    answers['/api/sessions/s1/record'] = saved(2, line('是李某叫我去的'))
    await record.save()
    await nextTick()
    expect([keptIn('s1'), record.back.value, keptTexts.value]).toEqual([null, null, []])
  })

  it('is still there where it was typed while the rest was being saved', async () => {
    const record = await opened()
    await typed(record, '是李某叫我去的')
    answers['/api/sessions/s1/record'] = { ...saved(2, line('是李某叫我去的')), fresh: [line('二', 'u2')] }
    const saving = record.save()
    await typed(record, '是李某叫我和王某去的')
    await saving
    await nextTick()
    expect([record.lines.value[0]!.text, record.dirty.value, record.view.value!.version, record.view.value!.fresh.length]).toEqual(['是李某叫我和王某去的', true, 2, 1])
    expect([keptIn('s1')?.version, keptIn('s1')?.lines[0]!.text]).toEqual([2, '是李某叫我和王某去的'])
  })

  describe('while the centre has a newer version', () => {
    const draft = { ...saved(1, line('一', 'u1'), line('二', 'u2')), by_name: '', header: { place: '询问室 1', time_to: '10:20' } } as unknown as RecordView
    const others = { ...saved(2, line('是赵某安排的')), by_name: '孙某' }
    beforeEach(() => (strict = true))

    async function editedAtTheSeal() {
      answers['/api/sessions/s1/record'] = { ...saved(0, line('一', 'u1')), by_name: '', header: { place: '询问室 1', time_to: '' } }
      const record = await opened()
      record.header.value!.place = '会议室'
      await typed(record, '一，改过')
      answers['/api/sessions/s1/record'] = draft
      return record
    }

    it('goes on from the draft that is made at the end, which offers what else was said', async () => {
      const record = await editedAtTheSeal()
      await record.look()
      expect([record.lines.value.map((one) => one.text), record.dirty.value, record.newer.value, texts(record)]).toEqual([['一，改过'], true, null, []])
      expect(record.header.value).toEqual({ place: '会议室', time_to: '10:20' })
      expect(record.view.value!.fresh.map((one) => one.text)).toEqual(['二'])
      await record.save()
      expect(posted.map((one) => [one.base, one.lines.length])).toEqual([[1, 1]])
    })

    it('is saved over that draft by the first press, or has nothing to save', async () => {
      const record = await editedAtTheSeal()
      await record.save()
      expect([posted.map((one) => one.base), record.dirty.value]).toEqual([[1], false])
      answers['/api/sessions/s1/record'] = saved(0, line('一', 'u1'))
      const read = await opened()
      answers['/api/sessions/s1/record'] = draft
      await read.save()
      expect([posted.length, read.view.value!.version]).toEqual([1, 1])
    })

    it('is left alone under the hand, and waits aside once the other text is looked at', async () => {
      const record = await opened()
      await typed(record, '是李某叫我去的')
      answers['/api/sessions/s1/record'] = others
      await record.look()
      expect([record.lines.value[0]!.text, record.newer.value?.by_name]).toEqual(['是李某叫我去的', '孙某'])
      record.takeNewer()
      await nextTick()
      expect([record.lines.value[0]!.text, record.dirty.value, record.newer.value, texts(record)]).toEqual(['是赵某安排的', false, null, ['是李某叫我去的']])
      expect(texts(await opened())).toEqual(['是李某叫我去的'])
    })

    it('waits aside where a save is refused, and is saved once it is put back', async () => {
      const record = await opened()
      await typed(record, '是李某叫我去的')
      answers['/api/sessions/s1/record'] = others
      await expect(record.save()).rejects.toThrow('record_changed')
      expect([record.lines.value[0]!.text, texts(record), posted]).toEqual(['是赵某安排的', ['是李某叫我去的'], []])
      record.putBack(record.aside.value[0]!)
      await record.save()
      expect([posted.map((one) => one.base), record.lines.value[0]!.text, sessionStorage.length]).toEqual([[2], '是李某叫我去的', 0])
    })

    it('is not replaced by an answer that was asked for before the last save', async () => {
      const record = await opened()
      await typed(record, '是李某叫我去的')
      const looking = record.look()
      await record.save()
      await looking
      answers['/api/sessions/s1/record'] = saved(1, line('是李某安排的'))
      await record.look()
      expect([record.view.value!.version, record.lines.value[0]!.text]).toEqual([2, '是李某叫我去的'])
    })
  })

  it('is nobody else’s, and not of whoever only reads', async () => {
    await typed(await opened(), '是李某叫我去的')
    expect((await opened(false)).dirty.value).toBe(false)
    await signedIn('sun')
    expect([(await opened()).back.value, keptTexts.value]).toEqual([null, []])
    await signedIn('wu')
    expect(keptTexts.value).toHaveLength(1)
  })

  it('says so where the browser takes no more', async () => {
    const record = await opened()
    const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    await typed(record, '是李某叫我去的')
    expect(record.keep()).toBe(false)
    full.mockRestore()
    expect(record.keep()).toBe(true)
  })

  it('takes nothing that is not such a text', () => {
    const view = saved(1, line('一', 'u1'))
    const text = textOf(view, view.header, view.lines, 7)
    expect(keptOf(text)).toMatchObject({ session: 's1', version: 1, at_us: 7, lines: view.lines })
    const one = JSON.parse(text) as Record<string, unknown>
    const wrong = [{ lines: 'x' }, { lines: [{ kind: 'x' }] }, { lines: [{ ...view.lines[0], text: 3 }] }, { lines: [{ ...view.lines[0], utterances: [1] }] }, { header: { place: 3 } }, { person: null }, { version: '1' }, { room: undefined }]
    for (const change of wrong) expect(keptOf(JSON.stringify({ ...one, ...change })), JSON.stringify(change)).toBeNull()
    for (const other of [null, '', '{', '[]', '7', text.slice(1)]) expect(keptOf(other)).toBeNull()
  })

  it('is another one only where words or fields are', () => {
    const view = saved(1, line('一', 'u1'))
    const kept = keptOf(textOf(view, view.header, view.lines, 7))!
    expect(differs(kept, view)).toBe(false)
    expect(differs({ ...kept, header: { ...kept.header, place: '别处' } }, view)).toBe(true)
    expect(differs({ ...kept, lines: [] }, view)).toBe(true)
  })

  it('does not take in twice what was said since', async () => {
    expect(notYet([line('二', 'u2'), line('三', 'u3')], [line('二', 'u2')]).map((one) => one.text)).toEqual(['三'])
    const record = await opened()
    const fresh = [line('二', 'u2')]
    answers['/api/sessions/s1/record'] = { ...saved(1, line('一', 'u1')), fresh }
    await record.look()
    record.takeFresh()
    await record.look()
    expect([record.lines.value.length, record.view.value!.fresh]).toEqual([2, []])
  })
})
