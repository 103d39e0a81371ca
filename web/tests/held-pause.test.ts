// @vitest-environment jsdom
import { effectScope, nextTick, ref, shallowRef } from 'vue'
import type { EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PublishGrant, Room } from '@/api/types'
import { CommandError } from '@/desk/connection'
import type { Command, Track } from '@/desk/protocol'
import type { Desk } from '@/desk/useDesk'
import { useHeldPause } from '@/pages/room/useHeldPause'

const PRESS = { type: 'pause.begin', room: 'room1', tracks: ['audio', 'video'], reason: 'lawyer', key: 'k1' } as const
const connection = ref('live')
const room = shallowRef<Room | null>(null)
const opened = (session: string | null): Room => ({ id: 'room1', session: session && { id: session } }) as never
let scope: EffectScope
let sent: Command[]
/** What this tablet does not send, each time it changes. */
let holds: string[]
let problems: unknown[]
let answer: (command: Command) => Promise<unknown>
const no = (code: string) => async () => Promise.reject(new CommandError(code))
const kept = (): object[] => JSON.parse(localStorage.getItem('duizhi.room.pauses') ?? '[]')
const told = (): string[] => sent.map((one) => one.type)
const passes = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

function open(id = 'room1') {
  scope?.stop()
  scope = effectScope()
  const send = (command: Command): Promise<unknown> => {
    sent.push(command)
    return answer(command)
  }
  const publisher = {
    granted: shallowRef({ source: 'room1-camera' } as PublishGrant),
    hold: async (tracks: readonly Track[]) => void holds.push(tracks.join(' ')),
  }
  const desk = { connection, link: { send } } as unknown as Desk
  return scope.run(() => useHeldPause(desk, { id, room, publisher, onProblem: (error) => problems.push(error) }))!
}
const press = (paused: ReturnType<typeof open>, more = {}) => paused.ask({ ...PRESS, tracks: [...PRESS.tracks], ...more })

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  ;[sent, holds, problems, connection.value, room.value] = [[], [], [], 'live', opened('s1')]
  answer = async () => ({})
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('a pause pressed on the room s tablet', () => {
  it('is in force here from the press, and sent again once the recorder withholds it', async () => {
    const paused = open()
    let arrive = (_: unknown): void => undefined
    answer = () => new Promise((done) => (arrive = done))
    const asked = press(paused)
    expect(holds.at(-1)).toBe('audio video') // before anything is awaited
    await passes()
    expect([paused.quiet.value, paused.waits.value, holds.at(-1)]).toEqual([true, false, 'audio video'])
    arrive({})
    await asked
    expect([holds.at(-1), paused.quiet.value, kept()]).toEqual(['', true, []])
    expect(sent).toEqual([{ ...PRESS, session: 's1' }])
    await passes(2_000)
    expect(paused.quiet.value).toBe(false) // the log has said it by now
  })

  it('holds while the centre is away, is told with the same key and session, and then from when to when', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    const paused = open()
    const pressed = Date.now() * 1000
    await press(paused)
    await passes(60_000)
    expect([holds.at(-1), paused.waits.value, paused.quiet.value]).toEqual(['audio video', true, true])
    answer = async () => ({})
    connection.value = 'live'
    await passes()
    expect(sent.slice(0, 2)).toEqual([{ ...PRESS, session: 's1' }, { ...PRESS, session: 's1' }])
    expect(sent[2]).toEqual({ ...PRESS, type: 'pause.held', session: 's1', source: 'room1-camera', at_us: pressed, until_us: pressed + 60_000_000 })
    expect([holds.at(-1), paused.waits.value, kept()]).toEqual(['', false, []])
  })

  it('is said to wait after a second without an answer, on a connection that is not known to be dead', async () => {
    const paused = open()
    answer = () => new Promise(() => undefined)
    void press(paused)
    await passes(999)
    expect(paused.waits.value).toBe(false)
    await passes(1)
    expect([paused.waits.value, holds.at(-1)]).toEqual([true, 'audio video'])
  })

  it('is resumed by the person before it was told: no pause is told, but that nothing was sent', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    const paused = open()
    await press(paused)
    await passes(5_000)
    paused.takeBack()
    expect([holds.at(-1), paused.waits.value, paused.quiet.value]).toEqual(['', false, false])
    answer = async () => ({})
    connection.value = 'live'
    await passes()
    expect(told()).toEqual(['pause.begin', 'pause.held'])
    expect([sent[1], kept()]).toMatchObject([{ key: 'k1', session: 's1' }, []])
  })

  it('outlasts the page: nothing is sent by one that is opened anew until it is told', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    await press(open())
    expect(kept()).toEqual([{ ...PRESS, session: 's1', source: 'room1-camera', at_us: expect.any(Number) }]) // and no names
    ;[holds, room.value] = [[], null] // the page is loaded again, and the case not yet
    const paused = open()
    expect([holds, paused.waits.value, paused.quiet.value]).toEqual([['audio video'], true, true])
    room.value = opened('s1')
    await passes(1_000)
    expect(holds).toEqual(['audio video'])
    answer = async () => ({})
    connection.value = 'live'
    await passes()
    expect(told()).toEqual(['pause.begin', 'pause.begin', 'pause.held'])
    expect([holds.at(-1), kept()]).toEqual(['', []])
  })

  it('outlasts the page, and is resumed on the next one', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    await press(open())
    const paused = open()
    paused.takeBack()
    expect(holds.at(-1)).toBe('')
    expect(open().waits.value).toBe(false)
  })

  it('what is over and not told yet outlasts the page as well', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    const paused = open()
    await press(paused)
    await passes(2_000)
    paused.takeBack()
    open()
    answer = async () => ({})
    connection.value = 'live'
    await passes()
    expect([told(), kept()]).toEqual([['pause.begin', 'pause.held'], []])
  })

  it('ends with its session, and is told to no other one', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    const paused = open()
    await press(paused)
    room.value = opened(null)
    await nextTick()
    expect([holds.at(-1), paused.waits.value, kept()]).toEqual(['', false, []])
    room.value = opened('s1')
    await press(paused)
    answer = no('no_open_session') // closed meanwhile, before this page is told
    connection.value = 'live'
    await passes()
    expect([holds.at(-1), paused.waits.value]).toEqual(['', false])
    expect(problems).toHaveLength(1)
  })

  it('of a session that ended while the page was away is forgotten', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    await press(open())
    room.value = opened('s2')
    const paused = open()
    expect([holds.at(-1), paused.quiet.value, kept()]).toEqual(['', false, []])
  })

  it('of another room holds nothing here', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    await press(open())
    holds = []
    expect(open('room2').quiet.value).toBe(false)
    expect(holds).toEqual([''])
    expect(kept()).toHaveLength(1)
  })

  it('goes on at once where the centre says no', async () => {
    const paused = open()
    answer = no('forbidden')
    await expect(press(paused)).rejects.toThrow('forbidden')
    expect([holds.at(-1), paused.quiet.value, kept()]).toEqual(['', false, []])
  })

  it('holds while the recorder does not answer, or the store does not take it, and is asked for again', async () => {
    const paused = open()
    for (const code of ['recorder_unreachable', 'store_busy', 'disk_full']) {
      answer = no(code)
      await press(paused)
      expect([paused.waits.value, holds.at(-1)]).toEqual([true, 'audio video'])
      answer = async () => ({})
      await passes(3_000)
      expect([paused.waits.value, holds.at(-1)]).toEqual([false, ''])
    }
  })

  it('of the sound alone is widened by a second press; both are told', async () => {
    connection.value = 'waiting'
    answer = no('offline')
    const paused = open()
    await press(paused, { tracks: ['audio'] })
    expect(holds.at(-1)).toBe('audio')
    await press(paused, { key: 'k2', tracks: ['audio', 'video'] })
    expect(holds.at(-1)).toBe('audio video')
    answer = async () => ({})
    sent = []
    connection.value = 'live'
    await passes()
    expect(sent.map((one) => 'key' in one && one.key)).toEqual(['k1', 'k2'])
    expect([holds.at(-1), kept()]).toEqual(['', []])
  })

  it('holds without a place in the browser, and begins with nothing of what is half written', async () => {
    localStorage.setItem('duizhi.room.pauses', '[{"room":')
    const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('', 'QuotaExceededError')
    })
    connection.value = 'waiting'
    answer = no('offline')
    const paused = open()
    expect(holds.at(-1)).toBe('')
    await press(paused)
    expect([holds.at(-1), paused.waits.value]).toEqual(['audio video', true])
    full.mockRestore()
  })
})
