/**
 * Marks and the call for help, from the press until the centre has written them down. Kept on the
 * phone, with the time of the press, so that neither a dead network nor a reload loses one.
 */

import { ApiError } from '@/api/client'
import type { Centre } from './centre'

export type Pressed =
  | { kind: 'mark'; key: string; text: string; t_us: number }
  | { kind: 'sos'; key: string; t_us: number }
  | { kind: 'sos_over'; key: string; t_us: number }

const KEY = 'duizhi.device.outbox'
const MOST = 100

export class Outbox {
  private waiting: Pressed[]
  private sending = false

  constructor(
    private readonly storage: Storage,
    private readonly onChange: (waiting: Pressed[]) => void,
  ) {
    this.waiting = read(storage)
    onChange(this.waiting)
  }

  /** A call for help goes before marks; taking it back before it was sent undoes it. */
  put(pressed: Pressed): void {
    if (pressed.kind !== 'mark') this.waiting = this.waiting.filter((one) => one.kind === 'mark')
    const urgent = pressed.kind !== 'mark'
    this.waiting = urgent ? [pressed, ...this.waiting] : [...this.waiting, pressed].slice(-MOST)
    this.save()
  }

  /** Sends what waits, in order, until something does not get through. */
  async send(centre: Centre): Promise<void> {
    if (this.sending) return
    this.sending = true
    try {
      for (let next = this.waiting[0]; next; next = this.waiting[0]) {
        if (!(await this.deliver(next, centre))) return
        const done = next
        this.waiting = this.waiting.filter((one) => one.key !== done.key)
        this.save()
      }
    } finally {
      this.sending = false
    }
  }

  private async deliver(pressed: Pressed, centre: Centre): Promise<boolean> {
    try {
      if (pressed.kind === 'mark') await centre.mark(pressed)
      else if (pressed.kind === 'sos') await centre.help(pressed.t_us)
      else await centre.helpOver()
      return true
    } catch (error) {
      // A mark the centre will never take must not hold up a call for help behind it.
      return error instanceof ApiError && error.status === 400 && pressed.kind === 'mark'
    }
  }

  private save(): void {
    this.storage.setItem(KEY, JSON.stringify(this.waiting))
    this.onChange([...this.waiting])
  }
}

function read(storage: Storage): Pressed[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? (found as Pressed[]).filter((one) => typeof one?.key === 'string') : []
  } catch {
    return []
  }
}
