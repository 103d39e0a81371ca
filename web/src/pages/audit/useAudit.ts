/** What the audit desk works with: the sessions in detail, a verification and its report, an export. */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { ApiError, at, get, post } from '@/api/client'
import type {
  DerivedMade, ExportMade, ExportOrder, RedactionPlan,
  ExportResult, Job, Report, SessionDetail, SessionSummary,
} from '@/api/types'
import { serverNowUs } from '@/base/clock'
import type { DeskState } from '@/desk/state'

const POLL_MS = 400

/** The target that is not a session. */
export const WHOLE_CASE = 'case'

export interface Verified {
  report: Report
  job: string
  at_us: number
  took_us: number
}

/** Follows a job to its end; throws what stopped it. */
export async function followJob<T>(
  id: string,
  alive: () => boolean,
  onProgress: (progress: number) => void,
): Promise<T> {
  for (;;) {
    const job = await get<Job<T>>(at`/api/jobs/${id}`)
    if (job.state === 'done' && job.result) return job.result
    if (job.state === 'failed') throw new ApiError(0, job.error?.code ?? 'job_failed')
    onProgress(job.progress)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    if (!alive()) throw new ApiError(0, 'job_failed')
  }
}

export function useAudit(caseId: string, state: DeskState) {
  let alive = true
  onScopeDispose(() => (alive = false))

  const details = shallowRef<SessionDetail[]>([])
  const loaded = ref(false)
  const problem = ref<unknown>(null)
  const target = ref(WHOLE_CASE)

  const sessions = computed<SessionSummary[]>(() =>
    [...(state.detail?.sessions ?? [])].sort((a, b) => a.opened_us - b.opened_us),
  )
  const wanted = computed(() =>
    target.value !== WHOLE_CASE ? sessions.value.filter((one) => one.id === target.value) : sessions.value,
  )
  const shown = computed(() =>
    details.value.filter((one) => wanted.value.some((session) => session.id === one.summary.id)),
  )

  async function load(): Promise<void> {
    try {
      details.value = await Promise.all(
        sessions.value.map((one) => get<SessionDetail>(at`/api/sessions/${one.id}`)),
      )
      problem.value = null
      loaded.value = true
    } catch (error) {
      problem.value = error
    }
  }
  watch(
    () => sessions.value.map((one) => `${one.id}${one.closed_us ?? ''}`).join(),
    () => void load(),
    { immediate: true },
  )

  const verifying = ref<number | null>(null)
  const verified = shallowRef<Verified | null>(null)
  const verifyProblem = ref<unknown>(null)
  watch(target, () => (verified.value = null))

  const order = (): Record<string, string> =>
    target.value !== WHOLE_CASE ? { session: target.value } : { case: caseId }

  async function verify(): Promise<void> {
    if (verifying.value !== null) return
    const of = target.value
    const begun = serverNowUs()
    verifying.value = 0
    verifyProblem.value = null
    try {
      const { job } = await post<{ job: string }>('/api/verifications', order())
      const report = await followJob<Report>(job, () => alive, (now) => (verifying.value = now))
      const end = serverNowUs()
      if (of === target.value) verified.value = { report, job, at_us: end, took_us: end - begun }
      void load()
    } catch (error) {
      verifyProblem.value = error
    } finally {
      verifying.value = null
    }
  }

  const exporting = ref<number | null>(null)
  const exported = ref<ExportResult | null>(null)
  const exportProblem = ref<unknown>(null)

  const made = shallowRef<{ exports: ExportMade[]; derived: DerivedMade[] }>({ exports: [], derived: [] })

  async function loadMade(): Promise<void> {
    try {
      made.value = await get(at`/api/cases/${caseId}/exports`)
    } catch {
      // the list is a convenience; making and fetching a package say what is wrong
    }
  }
  void loadMade()

  async function makePackage(asked: ExportOrder): Promise<void> {
    if (exporting.value !== null) return
    exporting.value = 0
    exported.value = null
    exportProblem.value = null
    try {
      const { job } = await post<{ job: string }>('/api/exports', { ...order(), ...asked })
      exported.value = await followJob<ExportResult>(
        job,
        () => alive,
        (now) => (exporting.value = now),
      )
      void loadMade()
    } catch (error) {
      exportProblem.value = error
    } finally {
      exporting.value = null
    }
  }

  const redacting = ref<number | null>(null)
  const redactProblem = ref<unknown>(null)

  /** Make a redacted copy; true when it was made. */
  async function redact(session: string, source: string, reason: string, plan: RedactionPlan): Promise<boolean> {
    if (redacting.value !== null) return false
    redacting.value = 0
    redactProblem.value = null
    try {
      const { job } = await post<{ job: string }>('/api/redactions', { session, source, reason, plan })
      await followJob<unknown>(job, () => alive, (now) => (redacting.value = now))
      await loadMade()
      return true
    } catch (error) {
      redactProblem.value = error
      return false
    } finally {
      redacting.value = null
    }
  }

  return {
    sessions, shown, loaded, problem, target, load,
    verify, verifying, verified, verifyProblem,
    makePackage, exporting, exported, exportProblem, made,
    redact, redacting, redactProblem,
  }
}

export type Audit = ReturnType<typeof useAudit>
