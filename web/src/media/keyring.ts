/**
 * Bearer tokens of the sources this browser has recorded as, kept with what it still owes the centre: a phone
 * that joins anew, or a tablet that is used in another room, hands over under the earlier token what it kept then.
 */

export interface Credentials {
  source: string
  token: string
}

const MOST = 8 // earlier ones; parts of a still earlier source would stay here

export class Keyring {
  constructor(
    private readonly storage: Storage,
    private readonly key = 'duizhi.device.sources',
  ) {}

  all(): Credentials[] {
    try {
      const found: unknown = JSON.parse(this.storage.getItem(this.key) ?? '[]')
      return Array.isArray(found) ? found.filter(isCredentials) : []
    } catch {
      return [] // not ours, or half written: it joins anew
    }
  }

  /** The latest: as what this browser records. */
  current(): Credentials | null {
    return this.all().at(-1) ?? null
  }

  of(source: string): Credentials | null {
    return this.all().find((one) => one.source === source) ?? null
  }

  add(joined: Credentials): void {
    this.keep([...this.others(joined.source), joined].slice(-MOST))
  }

  /** Nothing of this source is owed any more, or its token is void. */
  forget(source: string): void {
    if (this.of(source)) this.keep(this.others(source))
  }

  private others(source: string): Credentials[] {
    return this.all().filter((one) => one.source !== source)
  }

  private keep(all: Credentials[]): void {
    this.storage.setItem(this.key, JSON.stringify(all))
  }
}

function isCredentials(value: unknown): value is Credentials {
  const one = value as Partial<Credentials> | null
  return typeof one?.source === 'string' && typeof one.token === 'string'
}
