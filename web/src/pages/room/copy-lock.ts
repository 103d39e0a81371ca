/**
 * One page of a browser looks after the room's parts: two would write the same list. Whoever waits gets them when
 * the other page goes; whoever begins to record takes them at once.
 */

const NAME = 'duizhi.room.copy'

export class CopyLock {
  private held = false
  private release: (() => void) | null = null
  private waiting: AbortController | null = null
  private gone = false
  private looked: Promise<void> = Promise.resolve()

  constructor(private readonly ports: { onMine(): Promise<void>; onLost(): void }) {}

  get mine(): boolean {
    return this.held
  }

  /** When the page that has them goes away. */
  wait(): void {
    if (this.held || this.waiting || this.gone) return
    this.waiting = new AbortController()
    void this.request({ signal: this.waiting.signal })
  }

  /** Now; resolves once they are looked through. */
  async take(): Promise<void> {
    if (this.held) return this.looked
    this.waiting?.abort()
    this.waiting = null
    await new Promise<void>((got) => void this.request({ steal: true }, got))
  }

  leave(): void {
    this.gone = true
    this.waiting?.abort()
    this.release?.()
  }

  private async request(how: LockOptions, got?: () => void): Promise<void> {
    const keep = async (): Promise<void> => {
      this.waiting = null
      this.held = true
      this.looked = this.ports.onMine().catch(() => undefined)
      await this.looked
      got?.()
      if (!this.gone) await new Promise<void>((resolve) => (this.release = resolve))
    }
    try {
      await (navigator.locks ? navigator.locks.request(NAME, how, keep) : keep())
    } catch {
      got?.() // taken by another page, or no longer waited for
    }
    if (!this.held || how.signal?.aborted) return
    this.held = false
    if (this.gone) return
    this.ports.onLost()
    this.wait()
  }
}
