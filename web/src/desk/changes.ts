/**
 * Lists that stay as they are on the server: one connection to /ws for all lists a page shows.
 *
 * 1. A list is read when it appears, whenever the centre says that it has changed, and once after
 *    every new connection, since nothing is told of the time between. After the first connection of
 *    a page that waits until the page has come up; it was read a moment ago.
 * 2. A list is never read twice at the same time; word that comes meanwhile is followed by one more.
 * 3. It is also read once a minute, for what changes by the clock or beside the centre (command line).
 *
 * No DOM and no Vue: `useChanges` joins it to a component.
 */

import type { JobItem } from '@/api/types'
import type { Ports } from './connection'
import { DeskConnection } from './connection'

/** Lists of a case, as PROTOCOL.md names them. */
export type Area =
  | 'case' | 'people' | 'members' | 'tasks' | 'rooms' | 'sessions' | 'points' | 'alarms' | 'calls'
  | 'exhibits' | 'custody' | 'documents' | 'uploads' | 'acts' | 'live'
  /** Of no case, for administrators. */
  | 'accounts' | 'places' | 'tests' | 'settings' | 'templates'

export const AGAIN_MS = 60_000
/** After the first connection, before what was read while it was made is read again. */
export const SETTLE_MS = 1_000
/** Pages follow each other: the connection outlives the last list of one by this. */
export const LINGER_MS = 10_000

interface Shown {
  areas: readonly Area[]
  /** Only this case; empty: all. */
  of: string
  look: () => Promise<unknown>
  busy: boolean
  again: boolean
  /** Read while nothing would have been told. */
  unsure: boolean
}

export class Changes {
  private link: DeskConnection | null = null
  private readonly lists = new Set<Shown>()
  private clock: number | null = null
  private settle: number | null = null
  private connected = false
  private linger: number | null = null
  private welcomed = false
  private empty = false

  constructor(
    private readonly ports: Ports,
    private readonly onRefused: (code: string) => void,
    /** Connected once more: what one may do may have changed meanwhile (close code 1012). */
    private readonly onBack: () => void = () => undefined,
    /** A job of one's own has come further, or ended. */
    private readonly onJob: (job: JobItem) => void = () => undefined,
    /** Whether the centre can be heard; said once it has been, and no more when nothing is shown. */
    private readonly onHeard: (heard: boolean) => void = () => undefined,
  ) {}

  /** Reads a list now and keeps it; returns what ends it. */
  follow(areas: readonly Area[], of: string, look: () => Promise<unknown>): () => void {
    const list: Shown = { areas, of, look, busy: false, again: false, unsure: false }
    this.lists.add(list)
    if (this.linger !== null) this.ports.clearTimer(this.linger)
    this.linger = null
    this.connect()
    void this.read(list)
    return () => {
      this.lists.delete(list)
      if (!this.lists.size) this.linger = this.ports.setTimer(() => this.stop(), LINGER_MS)
    }
  }

  /** Whether nobody sits at this page. */
  introduce(unattended: boolean): void {
    this.empty = unattended
    this.link?.introduce(unattended)
  }

  /** Tries at once instead of waiting out the back-off. */
  reconnectNow(): void {
    this.link?.reconnectNow()
  }

  private connect(): void {
    if (this.link) return
    const refused = (code: string): void => {
      this.link = null
      this.onRefused(code)
    }
    this.link = new DeskConnection({ type: 'hello', protocol: 1, case: '', desk: 'lists', ...(this.empty ? { unattended: true } : {}) }, this.ports, {
      load: () => {
        this.connected = true
        if (this.welcomed) {
          this.onBack()
          this.readAll()
        } else this.settle = this.ports.setTimer(() => this.readUnsure(), SETTLE_MS)
        this.welcomed = true
        this.onHeard(true)
        return Promise.resolve(0)
      },
      onEvent: (message) => {
        if (message.type === 'changed') this.told(message.case, message.areas)
        else if (message.type === 'job') this.onJob(message.job)
      },
      onState: (state) => {
        if (state === 'live') return
        this.connected = false
        if (this.welcomed) this.onHeard(false)
      },
      onRefused: refused,
      onServerTime: () => undefined,
    })
    this.link.start()
    if (this.clock === null) this.beat()
  }

  private beat(): void {
    this.clock = this.ports.setTimer(() => {
      this.readAll()
      this.beat()
    }, AGAIN_MS)
  }

  private stop(): void {
    this.link?.stop()
    this.link = null
    this.welcomed = false
    this.onHeard(true)
    this.connected = false
    for (const timer of [this.clock, this.settle]) if (timer !== null) this.ports.clearTimer(timer)
    this.clock = null
    this.settle = null
  }

  private told(of: string, areas: readonly string[]): void {
    for (const list of this.lists) {
      const mine = !of || !list.of || list.of === of
      if (mine && list.areas.some((area) => areas.includes(area))) void this.read(list)
    }
  }

  private readAll(): void {
    for (const list of this.lists) void this.read(list)
  }

  private readUnsure(): void {
    this.settle = null
    for (const list of this.lists) if (list.unsure) void this.read(list)
  }

  private async read(list: Shown): Promise<void> {
    list.again = list.busy
    if (list.busy) return
    list.busy = true
    list.unsure = !this.connected
    try {
      await list.look()
    } catch {
      // what a list does about a failure it does itself
    }
    list.busy = false
    if (list.again && this.lists.has(list)) void this.read(list)
  }
}
