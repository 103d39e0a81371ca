import { beforeEach, describe, expect, it } from 'vitest'
import { backOff } from '@/base/back-off'
import { CommandError, DeskConnection, SILENCE_MS } from '@/desk/connection'
import type { ConnectionState, Socket } from '@/desk/connection'

class FakeSocket implements Socket {
  sent: Record<string, unknown>[] = []
  closed = false
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }
  close(): void {
    this.closed = true
  }
  open(): void {
    this.onopen?.()
  }
  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) })
  }
  break(code = 1006): void {
    this.onclose?.({ code })
  }
}

class World {
  sockets: FakeSocket[] = []
  timers = new Map<number, { run: () => void; ms: number }>()
  events: number[] = []
  kinds: string[] = []
  states: ConnectionState[] = []
  refused: string[] = []
  loads = 0
  caseCursor = 10
  loadFails = false
  holdLoad: (() => void) | null = null
  slowLoad = false
  private nextTimer = 1

  connection = new DeskConnection(
    { type: 'hello', protocol: 1, case: 'c', desk: 'wall' },
    {
      open: () => {
        const socket = new FakeSocket()
        this.sockets.push(socket)
        return socket
      },
      setTimer: (run, ms) => {
        this.timers.set(this.nextTimer, { run, ms })
        return this.nextTimer++
      },
      clearTimer: (id) => void this.timers.delete(id),
      random: () => 0.5,
    },
    {
      load: async () => {
        this.loads += 1
        if (this.slowLoad) await new Promise<void>((resolve) => (this.holdLoad = resolve))
        if (this.loadFails) throw new Error('no')
        return this.caseCursor
      },
      onEvent: (message) => {
        this.kinds.push(message.type)
        if ('cursor' in message) this.events.push(message.cursor)
      },
      onState: (state) => this.states.push(state),
      onRefused: (code) => this.refused.push(code),
      onServerTime: () => {},
    },
  )

  get socket(): FakeSocket {
    return this.sockets.at(-1)!
  }

  fire(ms: (ms: number) => boolean): void {
    for (const [id, timer] of [...this.timers]) {
      if (!ms(timer.ms)) continue
      this.timers.delete(id)
      timer.run()
    }
  }

  retry(): void {
    this.fire((ms) => ms < SILENCE_MS)
  }

  async welcome(resumed: boolean, cursor = 10): Promise<void> {
    this.socket.open()
    this.socket.say({ type: 'welcome', protocol: 1, cursor, server_us: 1, resumed })
    await settle()
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
const marker = (cursor: number) => ({ type: 'marker', cursor, room: 'r', t_us: 1, text: 't', by_name: 'n' })

describe('DeskConnection', () => {
  let world: World
  beforeEach(() => {
    world = new World()
    world.connection.start()
  })

  it('says hello without a cursor, loads the case, is live', async () => {
    await world.welcome(false)
    expect(world.socket.sent[0]).toEqual({ type: 'hello', protocol: 1, case: 'c', desk: 'wall' })
    expect(world.loads).toBe(1)
    expect(world.states).toEqual(['live'])
  })

  it('holds events that arrive while the case loads and drops those it covers', async () => {
    world.slowLoad = true
    await world.welcome(false, 8)
    world.socket.say(marker(9))
    world.socket.say(marker(10))
    world.socket.say(marker(12))
    expect(world.events).toEqual([])
    world.holdLoad?.()
    await settle()
    expect(world.events).toEqual([12])
  })

  it('resumes with the last cursor and passes every event on exactly once', async () => {
    await world.welcome(false)
    world.socket.say(marker(11))
    world.socket.say(marker(13))
    world.socket.break()
    world.retry()
    await world.welcome(true, 15)
    expect(world.socket.sent[0]).toMatchObject({ type: 'hello', cursor: 13 })
    world.socket.say(marker(13))
    world.socket.say(marker(14))
    world.socket.say(marker(14))
    expect(world.events).toEqual([11, 13, 14])
    expect(world.loads).toBe(1)
  })

  it('loads the case again when the centre cannot resume', async () => {
    await world.welcome(false)
    world.socket.break()
    world.retry()
    world.caseCursor = 40
    await world.welcome(false, 40)
    world.socket.say(marker(39))
    world.socket.say(marker(41))
    expect(world.loads).toBe(2)
    expect(world.events).toEqual([41])
  })

  describe('that loads while it connects', () => {
    const early = async (slow: boolean): Promise<void> => {
      world = new World()
      world.slowLoad = slow
      world.connection.start(true)
      await settle()
    }

    it('asks for the case before it is welcomed, and is live with it', async () => {
      await early(false)
      expect([world.loads, world.states]).toEqual([1, []])
      await world.welcome(false, 10)
      world.socket.say(marker(10))
      world.socket.say(marker(11))
      expect([world.loads, world.states, world.events]).toEqual([1, ['live'], [11]])
    })

    it('waits for a case that comes after the welcome', async () => {
      await early(true)
      await world.welcome(false, 8)
      world.socket.say(marker(10))
      world.socket.say(marker(12))
      expect(world.states).toEqual([])
      world.holdLoad?.()
      await settle()
      expect([world.loads, world.states, world.events]).toEqual([1, ['live'], [12]])
    })

    it('loads again what is older than the welcome: nobody tells of the time between', async () => {
      await early(false)
      world.caseCursor = 14
      await world.welcome(false, 12)
      world.socket.say(marker(13))
      world.socket.say(marker(15))
      expect([world.loads, world.states, world.events]).toEqual([2, ['live'], [15]])
    })

    it('loads again what failed, and what another connection began with', async () => {
      world = new World()
      world.loadFails = true
      world.connection.start(true)
      await settle()
      world.loadFails = false
      await world.welcome(false, 10)
      expect([world.loads, world.states]).toEqual([2, ['live']])
      world.socket.break()
      world.retry()
      await world.welcome(false, 10)
      expect(world.loads).toBe(3)
    })
  })

  it('passes ephemeral messages on without a cursor', async () => {
    await world.welcome(false)
    world.socket.say({ type: 'level', source: 's', rms: [-20], t_us: 1 })
    expect(world.kinds).toEqual(['level'])
  })

  it('survives a frame that is not JSON', async () => {
    await world.welcome(false)
    world.socket.say('{')
    world.socket.say(marker(11))
    expect(world.events).toEqual([11])
  })

  it('waits, tries again, and waits longer each time', async () => {
    await world.welcome(false)
    const waits: number[] = []
    for (let i = 0; i < 4; i += 1) {
      world.socket.break()
      waits.push(...[...world.timers.values()].map((timer) => timer.ms))
      world.retry()
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(new Set(waits).size).toBe(4)
    expect(world.states.at(-2)).toBe('waiting')
  })

  it('takes long silence for a dead connection', async () => {
    await world.welcome(false)
    const before = world.socket
    world.fire((ms) => ms === SILENCE_MS)
    expect(before.closed).toBe(true)
    expect(world.states.at(-1)).toBe('waiting')
  })

  it('tries at once when asked to', async () => {
    await world.welcome(false)
    world.socket.break()
    world.connection.reconnectNow()
    expect(world.sockets).toHaveLength(2)
  })

  it('tries again when the case cannot be loaded', async () => {
    world.loadFails = true
    await world.welcome(false)
    expect(world.states.at(-1)).toBe('waiting')
    world.loadFails = false
    world.retry()
    await world.welcome(false)
    expect(world.states.at(-1)).toBe('live')
  })

  it.each([
    [4401, 'login_required'],
    [4403, 'forbidden'],
    [4404, 'not_found'],
  ])('stops for good on close code %i', async (code, word) => {
    world.socket.open()
    world.socket.break(code)
    expect(world.refused).toEqual([word])
    world.retry()
    expect(world.sockets).toHaveLength(1)
  })

  it('comes back after being too slow (4008)', async () => {
    await world.welcome(false)
    world.socket.break(4008)
    expect(world.states.at(-1)).toBe('waiting')
  })

  it('settles a command with its reply', async () => {
    await world.welcome(false)
    const reply = world.connection.send({ type: 'ping' })
    const sent = world.socket.sent.at(-1)!
    world.socket.say({ type: 'ok', id: sent.id, server_us: 5 })
    await expect(reply).resolves.toMatchObject({ server_us: 5 })
  })

  it('fails a command with the code of its error', async () => {
    await world.welcome(false)
    const reply = world.connection.send({ type: 'marker.add', room: 'r', text: '' })
    world.socket.say({ type: 'error', id: world.socket.sent.at(-1)!.id, code: 'bad_text' })
    await expect(reply).rejects.toMatchObject({ code: 'bad_text' })
  })

  it('refuses a command while there is no connection, unless it may wait', async () => {
    await expect(world.connection.send({ type: 'ping' })).rejects.toBeInstanceOf(CommandError)
    const kept = world.connection.send({ type: 'prompt.shown', prompt: 'p' }, 'keep')
    await world.welcome(false)
    const sent = world.socket.sent.at(-1)!
    expect(sent).toMatchObject({ type: 'prompt.shown', prompt: 'p' })
    world.socket.say({ type: 'ok', id: sent.id })
    await expect(kept).resolves.toBeTruthy()
  })

  it('fails what is sent once when the connection drops, sends the rest again', async () => {
    await world.welcome(false)
    const once = world.connection.send({ type: 'marker.add', room: 'r', text: 'x' })
    const again = world.connection.send(
      { type: 'prompt.send', text: 't', point: null, rooms: ['r'], hints_shown: [], key: 'k' },
      'again',
    )
    const first = world.socket.sent.at(-1)!
    world.socket.break()
    await expect(once).rejects.toMatchObject({ code: 'connection_lost' })
    world.retry()
    await world.welcome(true)
    const second = world.socket.sent.at(-1)!
    expect(second).toEqual(first)
    world.socket.say({ type: 'ok', id: second.id, prompts: [] })
    await expect(again).resolves.toMatchObject({ prompts: [] })
  })

  it('says anew that nobody sits here, and misses nothing by it', async () => {
    await world.welcome(false)
    world.socket.say(marker(11))
    const old = world.socket
    const once = world.connection.send({ type: 'marker.add', room: 'r', text: 'x' })
    world.connection.introduce(true)
    await expect(once).rejects.toMatchObject({ code: 'connection_lost' })
    expect(old.closed).toBe(true)
    await world.welcome(true, 12)
    expect(world.socket.sent).toEqual([{ type: 'hello', protocol: 1, case: 'c', desk: 'wall', unattended: true, cursor: 11 }])
    world.socket.say(marker(12))
    expect(world.events).toEqual([11, 12])
    expect(world.states).toEqual(['live', 'resuming', 'live']) // nothing that a page calls a break
    world.connection.introduce(true)
    expect(world.sockets).toHaveLength(2)
    world.connection.introduce(false)
    await world.welcome(true, 12)
    expect(world.socket.sent[0]).toMatchObject({ unattended: false })
  })

  it('says it with the next connection where there is none', async () => {
    await world.welcome(false)
    world.socket.break()
    world.connection.introduce(true)
    expect(world.sockets).toHaveLength(1)
    world.retry()
    await world.welcome(true)
    expect(world.socket.sent[0]).toMatchObject({ unattended: true })
  })

  it('ignores what an old socket still says', async () => {
    await world.welcome(false)
    const old = world.socket
    old.break()
    world.retry()
    old.say(marker(99))
    expect(world.events).toEqual([])
  })
})

describe('backOff', () => {
  it('grows to a bound and spreads by a third each way', () => {
    expect(backOff(0, 0.5)).toBe(400)
    expect(backOff(3, 0.5)).toBeGreaterThan(backOff(2, 0.5))
    expect(backOff(50, 0.5)).toBe(8000)
    expect(backOff(50, 0)).toBe(5600)
    expect(backOff(50, 1)).toBe(10400)
  })
})
