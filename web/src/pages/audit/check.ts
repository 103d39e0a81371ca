/** Packages that somebody brings: sent with progress, checked as a job, the answer of the check. */

import { at, post, remove } from '@/api/client'
import type { Report } from '@/api/types'
import { sendFile } from '@/pages/handover/send-file'

export interface HomeLog {
  origin: string
  state: 'begins_ours' | 'not_ours' | 'unknown_log'
  size: number
  our_size: number
}

export interface LogPair {
  origin: string
  state: 'same' | 'first_longer' | 'second_longer' | 'parted' | 'only_first' | 'only_second' | 'unreadable'
  first_size: number
  second_size: number
  parted_at: number | null
}

export interface Copies {
  identical: boolean
  same: number
  different: string[]
  only_first: string[]
  only_second: string[]
  different_count: number
  only_first_count: number
  only_second_count: number
  logs: LogPair[]
}

export interface CheckResult {
  reports: Report[]
  home: HomeLog[][]
  copies: Copies | null
}

export interface Received {
  package: string
  /** What the file is called on the computer it came from; the centre does not learn it. */
  name?: string
  size: number
}

/** A package on its way; `done` fails with an ApiError. */
export interface Sending {
  done: Promise<Received>
  stop: () => void
}

/**
 * Sends a file in pieces (`handover/send-file.ts`): after a break it goes on where it was, after a reload
 * when the same file is chosen again. `onProgress` counts from 0 to 1; `away` while the centre is.
 */
export function send(file: File, onProgress: (done: number, away: boolean) => void): Sending {
  const stopping = new AbortController()
  const handing = { at: '/packages', file, source: 'package', signal: stopping.signal, onOffset: (offset: number, away: boolean) => onProgress(offset / file.size, away) }
  const done = sendFile(handing).then((name) => ({ package: name, size: file.size }))
  return { done, stop: () => stopping.abort() }
}

export async function startCheck(first: string, second: string | null): Promise<string> {
  return (await post<{ job: string }>('/api/checks', { first, second })).job
}

/** Nobody waits for it: what stays is removed after a day. */
export function forget(received: string): void {
  remove(at`/api/packages/${received}`).catch(() => undefined)
}

/** How many entries one log has and the other has not. */
export function longer(pair: LogPair): number {
  return Math.abs(pair.first_size - pair.second_size)
}
