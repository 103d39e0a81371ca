/**
 * What a phone, or a room's tablet, keeps of its own recording: a list of parts, each a file in the origin
 * private file system that plays by itself. Logic only; the files are `part-store.ts`'s work.
 *
 * The rule: a part is forgotten only when the centre says that it holds every moment of it (live), or
 * that it has filed the file (late). Whatever the list has lost is found again by the names of the files.
 */

/** From, to: microseconds since the epoch. */
export type Span = [number, number]

export type PartState =
  /** being written */
  | 'recording'
  /** written; whether the centre has it is not known yet */
  | 'kept'
  /** the centre lacks some of it: on its way, or waiting for its turn */
  | 'owed'
  /** the centre has the file and has not filed it yet */
  | 'sent'
  /** the centre does not take it; it stays here until a person decides */
  | 'refused'

export interface Part {
  name: string
  source: string
  session: string
  start_us: number
  end_us: number
  mime: string
  bytes: number
  state: PartState
  /** Nothing was recorded just before it: the moments it took to connect are not owed. */
  first: boolean
  /** Digest of the finished file (hex), and of the part that ended before it: a chain. Empty: not known. */
  sha256: string
  previous: string
  upload: string | null
  offset: number
  code: string | null
}

/** Less than this missing is the seam between two clocks, not a hole. */
const SEAM_US = 500_000
/** How long connecting may take at the very beginning. */
const CONNECT_US = 5_000_000
/** After this the centre has written everything it got. */
const SETTLED_US = 8_000_000

export class PartList {
  private parts = new Map<string, Part>()

  constructor(
    private readonly storage: Storage,
    private readonly key = 'duizhi.device.parts',
  ) {
    this.reload()
  }

  /** As it is stored: another page of this browser may have changed it. */
  reload(): void {
    this.parts = new Map(read(this.storage, this.key).map((part) => [part.name, part]))
  }

  all(): Part[] {
    return [...this.parts.values()].sort((a, b) => a.start_us - b.start_us)
  }

  get(name: string): Part | undefined {
    return this.parts.get(name)
  }

  put(part: Part): void {
    this.parts.set(part.name, part)
    this.save()
  }

  change(name: string, change: Partial<Part>): void {
    const part = this.parts.get(name)
    if (part) this.put({ ...part, ...change })
  }

  remove(name: string): void {
    this.parts.delete(name)
    this.save()
  }

  /**
   * After a reload: files nobody lists are adopted, what a page was writing when it went away is
   * closed, and what has no file is dropped.
   */
  adopt(files: { name: string; bytes: number }[]): void {
    const found = new Map(files.map((file) => [file.name, file.bytes]))
    for (const part of this.all()) {
      const bytes = found.get(part.name)
      if (!bytes) this.parts.delete(part.name)
      else if (part.state === 'recording') this.parts.set(part.name, { ...part, bytes, state: 'kept' })
    }
    for (const { name, bytes } of files) {
      const named = parseName(name)
      if (!bytes || !named || this.parts.has(name)) continue
      const part = newPart(named.source, '', named.start_us, mimeOf(named.extension), false) // what was before it is not known
      this.parts.set(name, { ...part, name, bytes, state: 'owed' })
    }
    this.save()
  }

  private save(): void {
    this.storage.setItem(this.key, JSON.stringify(this.all()))
  }
}

function read(storage: Storage, key: string): Part[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(key) ?? '[]')
    return Array.isArray(found) ? (found as Part[]).filter((one) => typeof one?.name === 'string').map((one) => ({ ...one, sha256: one.sha256 ?? '', previous: one.previous ?? '' })) : []
  } catch {
    return [] // half written: the files' names say the rest
  }
}

export function newPart(source: string, session: string, startUs: number, mime: string, first: boolean): Part {
  return {
    name: `${source}.${Math.round(startUs)}.${extensionOf(mime)}`,
    source,
    session,
    start_us: Math.round(startUs),
    end_us: Math.round(startUs),
    mime,
    bytes: 0,
    state: 'recording',
    first,
    sha256: '',
    previous: '',
    upload: null,
    offset: 0,
    code: null,
  }
}

function extensionOf(mime: string): string {
  return mime.startsWith('video/mp4') ? 'mp4' : 'webm'
}

function mimeOf(extension: string): string {
  return extension === 'mp4' ? 'video/mp4' : 'video/webm'
}

function parseName(name: string): { source: string; start_us: number; extension: string } | null {
  const found = /^([a-z0-9-]+)\.(\d{16})\.(mp4|webm)$/.exec(name)
  return found ? { source: found[1]!, start_us: Number(found[2]), extension: found[3]! } : null
}

/** The stretches of [from, to] that none of the spans covers. */
export function holes(from: number, to: number, spans: Span[]): Span[] {
  const found: Span[] = []
  let at = from
  for (const [start, end] of spans) {
    if (start > at) found.push([at, Math.min(start, to)])
    at = Math.max(at, end)
    if (at >= to) return found
  }
  if (at < to) found.push([at, to])
  return found
}

export type Fate = 'forget' | 'wait' | 'hand_over'

/**
 * What becomes of a part, given what the centre holds of the source. It is only owed once the centre
 * has written everything it got of that time.
 */
export function fateOf(part: Part, spans: Span[], protectedUntilUs: number, nowUs: number): Fate {
  const missing = holes(part.start_us, part.end_us, spans).filter(
    ([from, to]) => to - from >= SEAM_US && !isConnecting(part, from, to, spans),
  )
  if (!missing.length) return 'forget'
  const settled = protectedUntilUs >= part.end_us || nowUs - part.end_us > SETTLED_US
  return settled ? 'hand_over' : 'wait'
}

function isConnecting(part: Part, from: number, to: number, spans: Span[]): boolean {
  return part.first && from === part.start_us && spans.length > 0 && to - from < CONNECT_US
}

export interface Owed {
  parts: number
  bytes: number
  sent: number
  refused: number
}

/** What still has to reach the centre; bytes count what it has already got of each. */
export function owedOf(parts: Part[]): Owed {
  const owed = parts.filter((part) => part.state === 'owed' || part.state === 'sent')
  return {
    parts: owed.length,
    bytes: owed.reduce((sum, part) => sum + part.bytes, 0),
    sent: owed.reduce((sum, part) => sum + (part.state === 'sent' ? part.bytes : part.offset), 0),
    refused: parts.filter((part) => part.state === 'refused').length,
  }
}

/** How much time the parts hold together; moments that two of them have count once. */
export function keptUs(parts: Part[]): number {
  let [total, until] = [0, 0]
  for (const { start_us, end_us } of [...parts].sort((a, b) => a.start_us - b.start_us)) {
    total += Math.max(0, end_us - Math.max(start_us, until))
    until = Math.max(until, end_us)
  }
  return total
}
