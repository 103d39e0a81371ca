import { describe, expect, it } from 'vitest'
import { AGAIN_MS, Changes, LINGER_MS, SETTLE_MS } from '@/desk/changes'
import type { Socket } from '@/desk/connection'

class FakeSocket implements Socket {
  sent: string[] = []
  closed = false
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  send(text: string): void {
    this.sent.push(text)
  }
  close(): void {
    this.closed = true
  }
}

class World {
  sockets: FakeSocket[] = []
  timers = new Map<number, { run: () => void; ms: number }>()
  refused: string[] = []
  back = 0
  heard: boolean[] = []
  private next = 1
  changes = new Changes(
    {
      open: () => {
        const socket = new FakeSocket()
        this.sockets.push(socket)
        return socket
      },
      setTimer: (run, ms) => {
        this.timers.set(this.next, { run, ms })
        return this.next++
      },
      clearTimer: (id) => void this.timers.delete(id),
      random: () => 0.5,
    },
    (code) => void this.refused.push(code),
    () => void this.back++,
    undefined,
    (heard) => void this.heard.push(heard),
  )

  get socket(): FakeSocket {
    return this.sockets.at(-1)!
  }
  say(message: unknown): void {
    this.socket.onmessage?.({ data: JSON.stringify(message) })
  }
  welcome(): Promise<void> {
    this.socket.onopen?.()
    this.say({ type: 'welcome', protocol: 1, cursor: 7, server_us: 1, resumed: false })
    return settled()
  }
  fire(ms: number): void {
    const due = [...this.timers].find(([, timer]) => timer.ms === ms)!
    this.timers.delete(due[0])
    due[1].run()
  }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await Promise.resolve()
}

/** A list that counts how often it was read, and answers when told to. */
function list(): { reads: number; look: () => Promise<void>; answer: () => void; hold: boolean } {
  const made = {
    reads: 0,
    hold: false,
    answer: () => undefined as void,
    look(): Promise<void> {
      made.reads += 1
      return made.hold ? new Promise((resolve) => (made.answer = resolve)) : Promise.resolve()
    },
  }
  return made
}

describe('lists that follow the centre', () => {
  it('reads a list at once, once more when the page has come up, and when its own area changes', async () => {
    const world = new World()
    const tasks = list()
    const others = list()
    world.changes.follow(['tasks', 'case'], 'c1', tasks.look)
    world.changes.follow(['tasks'], '', others.look)
    expect(world.sockets).toHaveLength(1)
    await settled()
    await world.welcome()
    expect(world.socket.sent[0]).toBe('{"type":"hello","protocol":1,"case":"","desk":"lists"}')
    expect([tasks.reads, others.reads]).toEqual([1, 1])
    world.fire(SETTLE_MS)
    await settled()
    expect([tasks.reads, others.reads]).toEqual([2, 2])
    world.say({ type: 'changed', case: 'c2', areas: ['tasks'] })
    world.say({ type: 'changed', case: 'c1', areas: ['exhibits'] })
    await settled()
    expect([tasks.reads, others.reads]).toEqual([2, 3])
    world.say({ type: 'changed', case: '', areas: ['case'] })
    await settled()
    expect([tasks.reads, others.reads]).toEqual([3, 3])
  })

  it('does not read again what was read since it is told of changes', async () => {
    const world = new World()
    const [before, changed, after] = [list(), list(), list()]
    world.changes.follow(['tasks'], '', before.look)
    world.changes.follow(['rooms'], '', changed.look)
    await settled()
    await world.welcome()
    world.changes.follow(['tasks'], '', after.look)
    world.say({ type: 'changed', case: '', areas: ['rooms'] })
    await settled()
    world.fire(SETTLE_MS)
    await settled()
    expect([before.reads, changed.reads, after.reads]).toEqual([2, 2, 1])
  })

  it('reads at the next welcome what was read while a connection was broken', async () => {
    const world = new World()
    world.changes.follow(['tasks'], '', list().look)
    await world.welcome()
    world.fire(SETTLE_MS)
    world.socket.onclose?.({ code: 1006 })
    const tasks = list()
    world.changes.follow(['tasks'], '', tasks.look)
    await settled()
    ;[...world.timers.values()].find((timer) => timer.ms !== AGAIN_MS)!.run()
    await world.welcome()
    expect(tasks.reads).toBe(2)
  })

  it('says that nobody sits here, also before there is a connection', async () => {
    const world = new World()
    world.changes.introduce(true)
    world.changes.follow(['calls'], '', list().look)
    await world.welcome()
    expect(JSON.parse(world.socket.sent[0]!)).toMatchObject({ desk: 'lists', unattended: true })
    world.changes.introduce(false)
    expect(world.sockets).toHaveLength(2)
    await world.welcome()
    expect(JSON.parse(world.socket.sent[0]!)).toMatchObject({ desk: 'lists', unattended: false })
  })

  it('never reads a list twice at a time, and never forgets word that came meanwhile', async () => {
    const world = new World()
    const slow = list()
    world.changes.follow(['tasks'], 'c1', slow.look)
    await world.welcome()
    slow.hold = true
    for (let i = 0; i < 5; i++) world.say({ type: 'changed', case: 'c1', areas: ['tasks'] })
    await settled()
    expect(slow.reads).toBe(2)
    slow.hold = false
    slow.answer()
    await settled()
    expect(slow.reads).toBe(3)
  })

  it('reads once after a new connection and once a minute', async () => {
    const world = new World()
    const tasks = list()
    world.changes.follow(['tasks'], '', tasks.look)
    await world.welcome()
    world.fire(SETTLE_MS)
    await settled()
    expect(world.back).toBe(0)
    const before = tasks.reads
    world.socket.onclose?.({ code: 1006 })
    const wait = [...world.timers.values()].find((timer) => timer.ms !== AGAIN_MS)!
    wait.run()
    await world.welcome()
    expect(tasks.reads).toBe(before + 1)
    expect(world.back).toBe(1) // what one may do is asked for again
    world.fire(AGAIN_MS)
    await settled()
    expect(tasks.reads).toBe(before + 2)
  })

  it('hangs up a while after the last list is gone, and says when it is not let in', async () => {
    const world = new World()
    const leave = world.changes.follow(['tasks'], '', list().look)
    await world.welcome()
    leave()
    const back = world.changes.follow(['case'], '', list().look)
    expect(world.sockets).toHaveLength(1)
    back()
    world.fire(LINGER_MS)
    expect(world.socket.closed).toBe(true)
    expect(world.timers.size).toBe(0)
    world.changes.follow(['case'], '', list().look)
    world.socket.onclose?.({ code: 4401 })
    expect(world.refused).toEqual(['login_required'])
  })
})

describe('whether the centre can be heard', () => {
  it('is said once it has been heard, and again when it is back', async () => {
    const world = new World()
    const end = world.changes.follow(['tasks'], '', () => Promise.resolve())
    expect(world.heard).toEqual([]) // a page that comes up says nothing
    await world.welcome()
    expect(world.heard).toEqual([true])
    world.socket.onclose?.({ code: 1006 })
    expect(world.heard.at(-1)).toBe(false)
    world.changes.reconnectNow()
    await world.welcome()
    expect(world.heard.at(-1)).toBe(true)
    end()
    world.fire(LINGER_MS)
    expect(world.heard.at(-1)).toBe(true) // nothing is shown that could be old
  })
})
