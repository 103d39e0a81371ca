/** The page's side of the part files: requests to the worker, and reading a finished part. */

export type StoreRequest = { id: number; folder: string } & (
  | { do: 'create' | 'close' | 'remove'; name: string }
  | { do: 'append'; name: string; bytes: ArrayBuffer }
  | { do: 'list' }
)

export type StoreAnswer = { id: number } & ({ ok: true; value: unknown } | { ok: false; name: string })

/** Codes for people: `error.<code>`. */
export class StoreError extends Error {
  constructor(readonly code: 'storage_full' | 'storage_failed' | 'storage_missing') {
    super(code)
    this.name = 'StoreError'
  }
}

export interface PartStore {
  create(name: string): Promise<void>
  /** Durable when it resolves; returns the bytes the part has now. */
  append(name: string, bytes: ArrayBuffer): Promise<number>
  close(name: string): Promise<void>
  remove(name: string): Promise<void>
  list(): Promise<{ name: string; bytes: number }[]>
  read(name: string): Promise<File>
  /** The page goes away. */
  end?(): void
}

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id' | 'folder'> : never

export class OpfsStore implements PartStore {
  private worker: Worker | null = null
  private readonly waiting = new Map<number, { done(value: unknown): void; failed(error: Error): void }>()
  private last = 0
  private ended = false

  /** `folder`: its own for each use, so that nobody adopts another's parts. */
  constructor(private readonly folder = 'parts') {}

  /** Ends the worker; what is asked afterwards fails, and begins none. */
  end(): void {
    this.ended = true
    this.drop()
  }

  private drop(): void {
    this.worker?.terminate()
    this.worker = null
    for (const one of this.waiting.values()) one.failed(new StoreError('storage_failed'))
    this.waiting.clear()
  }

  private running(): Worker {
    if (this.worker) return this.worker
    this.worker = new Worker(new URL('./part-store.worker.ts', import.meta.url), { type: 'module' })
    this.worker.onmessage = (event: MessageEvent<StoreAnswer>) => this.answered(event.data)
    this.worker.onerror = () => this.drop() // one that failed answers nothing any more: the next asked begins another
    return this.worker
  }

  static available(): boolean {
    return typeof navigator.storage?.getDirectory === 'function' && typeof Worker === 'function'
  }

  async create(name: string): Promise<void> {
    await this.ask({ do: 'create', name })
  }

  async append(name: string, bytes: ArrayBuffer): Promise<number> {
    return (await this.ask({ do: 'append', name, bytes }, [bytes])) as number
  }

  async close(name: string): Promise<void> {
    await this.ask({ do: 'close', name })
  }

  async remove(name: string): Promise<void> {
    await this.ask({ do: 'remove', name })
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    return (await this.ask({ do: 'list' })) as { name: string; bytes: number }[]
  }

  async read(name: string): Promise<File> {
    const root = await navigator.storage.getDirectory()
    const folder = await root.getDirectoryHandle(this.folder)
    return (await folder.getFileHandle(name)).getFile()
  }

  private ask(request: Unnumbered<StoreRequest>, transfer: Transferable[] = []): Promise<unknown> {
    if (this.ended) return Promise.reject(new StoreError('storage_failed'))
    this.last += 1
    const id = this.last
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed })
      this.running().postMessage({ id, folder: this.folder, ...request }, transfer)
    })
  }

  private answered(answer: StoreAnswer): void {
    const one = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if (answer.ok) one?.done(answer.value)
    else one?.failed(new StoreError(answer.name === 'QuotaExceededError' ? 'storage_full' : 'storage_failed'))
  }
}
