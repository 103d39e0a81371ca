/**
 * One's own jobs: begun on any page, found again on every other. The centre tells of each step over
 * the connection of the lists; what was missed is read with the list. No DOM: `useJobs` joins it to
 * a component, `followJob` to a page that waits for an end.
 */

import { shallowRef } from 'vue'
import { ApiError, at, get } from '@/api/client'
import type { Job, JobItem } from '@/api/types'

/** A job nothing was heard of for this long is asked for. */
export const QUIET_MS = 3_000

const known = shallowRef<JobItem[]>([])
const listeners = new Set<(job: JobItem) => void>()

/** The newest first. */
export const ownJobs = known

/** A step of a job, as the centre tells it. What comes late does not undo what is known. */
export function takeJob(job: JobItem): void {
  const before = known.value.find((one) => one.id === job.id)
  if (before && before.state !== 'running' && job.state === 'running') return
  known.value = [job, ...known.value.filter((one) => one.id !== job.id)].sort((a, b) => b.created_us - a.created_us)
  for (const listener of listeners) listener(job)
}

let asking: Promise<JobItem[]> | null = null

/** Reads the list; who asks while it is read gets the same answer. */
export function loadJobs(): Promise<JobItem[]> {
  return (asking ??= read().finally(() => (asking = null)))
}

async function read(): Promise<JobItem[]> {
  const found = (await get<{ jobs: JobItem[] }>('/api/jobs')).jobs
  known.value = found
  for (const job of found) for (const listener of listeners) listener(job)
  return found
}

/** Another person sits here. */
export function forgetJobs(): void {
  known.value = []
}

/** The newest own job that fits, as the centre knows it now; null where it cannot be asked. */
export async function newestJob(fits: (job: JobItem) => boolean): Promise<JobItem | null> {
  return (await loadJobs().catch(() => [])).find(fits) ?? null
}

/**
 * Follows a job to its end: its result, or what stopped it. A centre that is away is waited for, the
 * job goes on without this page. Throws `left` when nobody waits any more.
 */
export async function followJob<T>(id: string, alive: () => boolean, onProgress: (progress: number) => void): Promise<T> {
  let heardAt = 0
  let ended = false
  let wake: () => void = () => undefined
  const listener = (job: JobItem): void => {
    if (job.id !== id) return
    heardAt = Date.now()
    if (job.state === 'running') return onProgress(job.progress)
    ended = true
    wake()
  }
  listeners.add(listener)
  try {
    for (;;) {
      const job = await get<Job<T>>(at`/api/jobs/${id}`).catch((error: unknown) => {
        if (error instanceof ApiError && (error.status === 0 || error.status >= 500)) return null
        throw error
      })
      if (job?.state === 'done' && job.result) return job.result
      if (job?.state === 'failed') throw new ApiError(0, job.error?.code ?? 'job_failed')
      if (job) onProgress(job.progress)
      const over = ended
      ended = false
      if (over && job) continue // its end was told while it was asked for
      do {
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, QUIET_MS)
        })
        if (!alive()) throw new ApiError(0, 'left')
      } while (!ended && Date.now() - heardAt < QUIET_MS)
    }
  } finally {
    listeners.delete(listener)
  }
}
