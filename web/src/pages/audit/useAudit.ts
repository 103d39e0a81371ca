/** What the audit desk works with: the sessions in detail, a verification and its report, an export. */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { ApiError, at, get, post } from '@/api/client'
import type {
  DerivedMade, ExportMade, ExportOrder, RedactionPlan,
  ExportResult, Job, Report, SessionDetail, SessionSummary,
} from '@/api/types'
import { serverNowUs } from '@/base/clock'
import { followJob, newestJob } from '@/desk/jobs'
import type { DeskState } from '@/desk/state'

/** An ended job this old is nothing one comes back to. */
const STALE_US = 3_600_000_000

/** The target that is not a session. */
export const WHOLE_CASE = 'case'

export interface Verified {
  report: Report
  job: string
  at_us: number
  took_us: number
}

/** The last verification of a target, as the centre keeps it. */
export interface LastVerification {
  job: string
  target: string
  state: 'running' | 'done' | 'failed'
  progress: number
  verdict: string
  by_name: string
  created_us: number
  finished_us: number | null
}

/** `asked` is the session with which it opens; the whole case where it is none of the case. */
export function useAudit(caseId: string, state: DeskState, asked = '') {
  let alive = true
  onScopeDispose(() => (alive = false))

  const details = shallowRef<SessionDetail[]>([])
  const loaded = ref(false)
  const problem = ref<unknown>(null)
  const target = ref(asked || WHOLE_CASE)

  const sessions = computed<SessionSummary[]>(() =>
    [...(state.detail?.sessions ?? [])].sort((a, b) => a.opened_us - b.opened_us),
  )
  watch(sessions, (all) => {
    if (state.detail && target.value !== WHOLE_CASE && !all.some((one) => one.id === target.value)) target.value = WHOLE_CASE
  }, { immediate: true })
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
      await follow(job, of, begun)
    } catch (error) {
      verifyProblem.value = error
      verifying.value = null
    }
  }

  async function follow(job: string, of: string, begun: number): Promise<void> {
    verifying.value ??= 0
    try {
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

  /** What was verified before: one that still runs is followed on, a finished one can be opened. */
  const last = shallowRef<LastVerification | null>(null)

  async function comeBack(): Promise<void> {
    const of = target.value
    const wanted = of === WHOLE_CASE ? caseId : of
    try {
      const path = at`/api/cases/${caseId}/verifications`
      const known = (await get<{ verifications: LastVerification[] }>(path)).verifications
      if (of !== target.value || verifying.value !== null || verified.value) return
      last.value = known.find((one) => one.target === wanted && one.state !== 'failed') ?? null
    } catch {
      return // a convenience: verifying again says what is wrong
    }
    if (last.value?.state === 'running') await follow(last.value.job, of, last.value.created_us)
  }
  watch(target, () => ((last.value = null), void comeBack()), { immediate: true })

  /** Show the report of the last verification; it says when it was. */
  async function openLast(): Promise<void> {
    const one = last.value
    const of = target.value
    if (!one?.finished_us) return
    try {
      const job = await get<Job<Report>>(at`/api/jobs/${one.job}`)
      if (job.result && of === target.value) {
        verified.value = { report: job.result, job: one.job, at_us: one.finished_us, took_us: one.finished_us - one.created_us }
      }
    } catch (error) {
      verifyProblem.value = error
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
      await followExport(job)
    } catch (error) {
      exportProblem.value = error
      exporting.value = null
    }
  }

  async function followExport(job: string): Promise<void> {
    exporting.value ??= 0
    try {
      exported.value = await followJob<ExportResult>(job, () => alive, (now) => (exporting.value = now))
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
      return await followCopy(job)
    } catch (error) {
      redactProblem.value = error
      redacting.value = null
      return false
    }
  }

  async function followCopy(job: string): Promise<boolean> {
    redacting.value ??= 0
    try {
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

  /** What one began here and left: it is followed on, or it is said what became of it. */
  async function comeBackToWork(): Promise<void> {
    const mine = (kind: string) => newestJob((one) => one.case === caseId && one.kind === kind)
    const [packed, copied] = [await mine('export'), await mine('derive')]
    const failed = (one: typeof packed): boolean => one?.state === 'failed' && serverNowUs() - one.created_us < STALE_US
    if (packed?.state === 'running' && exporting.value === null) void followExport(packed.id)
    else if (failed(packed)) exportProblem.value ??= new ApiError(0, packed!.code)
    if (copied?.state === 'running' && redacting.value === null) void followCopy(copied.id)
    else if (failed(copied)) redactProblem.value ??= new ApiError(0, copied!.code)
  }
  void comeBackToWork()

  return {
    sessions, shown, loaded, problem, target, load,
    verify, verifying, verified, verifyProblem, last, openLast,
    makePackage, exporting, exported, exportProblem, made,
    redact, redacting, redactProblem,
  }
}

export type Audit = ReturnType<typeof useAudit>
