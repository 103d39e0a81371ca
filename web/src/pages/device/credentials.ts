/**
 * Who this phone is: the source it became and that source's bearer token, kept on the phone. A phone
 * that joins anew keeps its earlier tokens, because what it recorded then is still theirs to hand over.
 */

export interface Credentials {
  source: string
  token: string
}

const KEY = 'duizhi.device.sources'
const MOST = 8 // earlier ones; parts of a still earlier source would stay on the phone

/** The code in the address a QR code opens: `/device#join=…`. */
export function joinCodeIn(hash: string): string | null {
  const code = new URLSearchParams(hash.replace(/^#/, '')).get('join')
  return code || null
}

export class Keyring {
  constructor(private readonly storage: Storage) {}

  all(): Credentials[] {
    try {
      const found: unknown = JSON.parse(this.storage.getItem(KEY) ?? '[]')
      return Array.isArray(found) ? found.filter(isCredentials) : []
    } catch {
      return [] // not ours, or half written: the phone joins anew
    }
  }

  /** The one this phone records as. */
  current(): Credentials | null {
    return this.all().at(-1) ?? null
  }

  of(source: string): Credentials | null {
    return this.all().find((one) => one.source === source) ?? null
  }

  add(joined: Credentials): void {
    const others = this.all().filter((one) => one.source !== joined.source)
    this.storage.setItem(KEY, JSON.stringify([...others, joined].slice(-MOST)))
  }
}

function isCredentials(value: unknown): value is Credentials {
  const one = value as Partial<Credentials> | null
  return typeof one?.source === 'string' && typeof one.token === 'string'
}
