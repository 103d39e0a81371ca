/**
 * Files in the origin private file system. In a worker, because only there a file can be written
 * synchronously and flushed after every piece: a reload, a crash or an empty battery then loses the
 * piece being recorded and nothing else.
 */

import type { StoreAnswer, StoreRequest } from './part-store'

/** File System Standard section 3.3; TypeScript has it only in the library for workers. */
interface SyncHandle {
  getSize(): number
  write(bytes: ArrayBuffer, options: { at: number }): number
  flush(): void
  close(): void
}

const open = new Map<string, SyncHandle>()

async function folder(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory()
  return root.getDirectoryHandle(name, { create: true })
}

async function carry(asked: StoreRequest): Promise<unknown> {
  switch (asked.do) {
    case 'create': {
      const file = await (await folder(asked.folder)).getFileHandle(asked.name, { create: true })
      const writable = file as unknown as { createSyncAccessHandle(): Promise<SyncHandle> }
      open.set(asked.name, await writable.createSyncAccessHandle())
      return null
    }
    case 'append': {
      const handle = open.get(asked.name)
      if (!handle) throw new DOMException('the part is not open', 'InvalidStateError')
      const at = handle.getSize()
      const written = handle.write(asked.bytes, { at })
      if (written < asked.bytes.byteLength) throw new DOMException('no room', 'QuotaExceededError')
      handle.flush()
      return at + written
    }
    case 'close':
      open.get(asked.name)?.close()
      open.delete(asked.name)
      return null
    case 'remove':
      await (await folder(asked.folder)).removeEntry(asked.name)
      return null
    case 'list': {
      const files: { name: string; bytes: number }[] = []
      for await (const [name, handle] of (await folder(asked.folder)).entries()) {
        if (handle.kind !== 'file') continue
        const bytes = (await (handle as FileSystemFileHandle).getFile()).size
        files.push({ name, bytes })
      }
      return files
    }
  }
}

// Taken one after the other: pieces of a part must not overtake each other.
let turn: Promise<void> = Promise.resolve()

self.onmessage = (event: MessageEvent<StoreRequest>) => {
  const asked = event.data
  turn = turn.then(async () => {
    let answer: StoreAnswer
    try {
      answer = { id: asked.id, ok: true, value: await carry(asked) }
    } catch (error) {
      answer = { id: asked.id, ok: false, name: error instanceof DOMException ? error.name : 'Error' }
    }
    self.postMessage(answer)
  })
}
