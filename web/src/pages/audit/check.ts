/** Packages that somebody brings: sent with progress, checked as a job, the answer of the check. */

import { ApiError, at, post, remove } from '@/api/client'
import type { Report } from '@/api/types'

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
  sha256: string
}

/** A package on its way; `done` fails with an ApiError. */
export interface Sending {
  done: Promise<Received>
  stop: () => void
}

/** Sends a file as it is; `onProgress` counts from 0 to 1. */
export function send(file: File, onProgress: (done: number) => void): Sending {
  const request = new XMLHttpRequest()
  const done = new Promise<Received>((resolve, reject) => {
    request.open('POST', '/api/packages')
    request.setRequestHeader('X-Duizhi', '1')
    request.setRequestHeader('Content-Type', 'application/zip')
    request.responseType = 'json'
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0)
    request.onload = () => {
      const answer = request.response as (Received & { code?: string }) | null
      if (request.status === 201 && answer) resolve(answer)
      else reject(new ApiError(request.status, answer?.code ?? `http_${request.status}`))
    }
    request.onerror = () => reject(new ApiError(0, 'unreachable'))
    request.onabort = () => reject(new ApiError(0, 'stopped'))
    request.send(file)
  })
  return { done, stop: () => request.abort() }
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
