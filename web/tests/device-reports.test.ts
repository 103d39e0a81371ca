// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { ApiError } from '@/api/client'
import { placeOf } from '@/desk/readings'
import type { Centre } from '@/pages/device/centre'
import { Outbox } from '@/pages/device/outbox'
import type { Pressed } from '@/pages/device/outbox'
import { metres, positionOf, Reports } from '@/pages/device/reports'
import { standing } from '@/pages/device/standing'
import type { Known } from '@/pages/device/standing'

const S = 1_000_000
const HERE = positionOf({ latitude: 34.5, longitude: 108.9, accuracy: 8, at_us: 5 })

beforeEach(() => localStorage.clear())

describe('positions', () => {
  it('are integers of 1e-7 degrees', () => {
    expect(HERE).toEqual({ lat_e7: 345_000_000, lon_e7: 1_089_000_000, accuracy_mm: 8000, t_us: 5 })
  })
  it('are as far apart as on the ground', () => {
    const there = positionOf({ latitude: 34.501, longitude: 108.9, accuracy: 8, at_us: 5 })
    expect(metres(HERE, there)).toBeCloseTo(111.2, 0)
    expect(metres(HERE, HERE)).toBe(0)
  })
  it('are shown with age and accuracy', () => {
    const reading = { device: 'd', room: 'r', t_us: 9, values: {}, alarms: [], position: HERE }
    expect(placeOf(reading, 3 * S)).toEqual({ metres: 8, age_us: 3 * S - 5 })
    expect(placeOf({ ...reading, position: null }, 0)).toBeUndefined()
  })
})

describe('when a phone reports', () => {
  it('says nothing while it knows nothing', () => {
    expect(new Reports().due(S)).toBeNull()
  })
  it('reports at once, then every 15 s, or sooner when it moved', () => {
    const reports = new Reports()
    reports.battery = 80_000
    const first = reports.due(100 * S)!
    expect(first).toEqual({ values: { battery_pct: 80_000 }, position: null, t_us: 100 * S })
    reports.taken(first)
    expect(reports.due(110 * S)).toBeNull()
    reports.position = HERE
    expect(reports.due(102 * S)).toBeNull() // not more often than every 3 s
    const second = reports.due(104 * S)!
    reports.taken(second)
    reports.position = { ...HERE, lat_e7: HERE.lat_e7 + 500 } // 5 m
    expect(reports.due(110 * S)).toBeNull()
    reports.position = { ...HERE, lat_e7: HERE.lat_e7 + 5_000 }
    expect(reports.due(110 * S)).not.toBeNull()
    expect(reports.due(120 * S)).not.toBeNull()
  })
  it('keeps one in half a minute while the centre is away, two hours at most', () => {
    const reports = new Reports()
    const at = (s: number) => ({ values: {}, position: HERE, t_us: s * S })
    for (let s = 0; s < 4 * 3600; s += 15) reports.keep(at(s))
    expect(reports.nextKept()).toEqual(at(2 * 3600))
    expect(reports.nextKept()).toEqual(at(2 * 3600 + 30))
    let left = 0
    while (reports.nextKept()) left += 1
    expect(left).toBe(238)
  })
})

describe('what was pressed', () => {
  const mark = (key: string): Pressed => ({ kind: 'mark', key, text: 'x', t_us: 1 })
  const sos: Pressed = { kind: 'sos', key: 's', t_us: 2 }

  function centre(answers: (ApiError | null)[]) {
    const done: string[] = []
    const answer = async (what: string) => {
      const next = answers.shift()
      if (next) throw next
      done.push(what)
    }
    const fake = {
      mark: (one: { key: string }) => answer(one.key),
      help: (us: number) => answer(`help ${us}`),
      helpOver: () => answer('over'),
    }
    return { done, fake: fake as unknown as Centre }
  }

  it('is kept through a dead network and a reload, with the call for help first', async () => {
    const outbox = new Outbox(localStorage, () => undefined)
    outbox.put(mark('a'))
    outbox.put(sos)
    await outbox.send(centre([new ApiError(0, 'unreachable')]).fake)
    const seen: Pressed[][] = []
    const again = new Outbox(localStorage, (waiting) => seen.push(waiting))
    expect(seen[0]).toEqual([sos, mark('a')])
    const { done, fake } = centre([])
    await again.send(fake)
    expect(done).toEqual(['help 2', 'a'])
    expect(seen.at(-1)).toEqual([])
  })
  it('that the centre will never take does not hold up the rest', async () => {
    const outbox = new Outbox(localStorage, () => undefined)
    outbox.put(mark('a'))
    outbox.put(mark('b'))
    const { done, fake } = centre([new ApiError(400, 'bad_reading')])
    await outbox.send(fake)
    expect(done).toEqual(['b'])
  })
  it('may be taken back before it was sent', async () => {
    const outbox = new Outbox(localStorage, () => undefined)
    outbox.put(sos)
    outbox.put({ kind: 'sos_over', key: 'o', t_us: 3 })
    const { done, fake } = centre([])
    await outbox.send(fake)
    expect(done).toEqual(['over'])
  })
})

describe('what may be said of the recording', () => {
  const known: Known = {
    on: true,
    told: { state: 'recording' },
    fresh: true,
    publishing: 'live',
    local: true,
    young: false,
  }
  it.each<[string, Partial<Known>]>([
    ['recording', {}],
    ['recording', { local: false }],
    ['idle', { on: false }],
    ['kept_here', { fresh: false }],
    ['kept_here', { publishing: 'retrying' }],
    ['kept_here', { publishing: 'connecting' }],
    ['kept_here', { told: { state: 'stalled' } }],
    ['connecting', { told: { state: 'offline' } }],
    ['connecting', { publishing: 'connecting', young: true, told: { state: 'offline' } }],
    ['connecting', { publishing: 'idle', young: true, told: null }],
    ['kept_here', { publishing: 'retrying', young: true }],
    ['lost', { publishing: 'retrying', local: false }],
    ['lost', { fresh: false, local: false }],
    ['connecting', { publishing: 'connecting', local: false }],
  ])('is %s when %o', (said, change) => {
    expect(standing({ ...known, ...change })).toBe(said)
  })
})
