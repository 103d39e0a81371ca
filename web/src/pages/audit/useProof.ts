/** Everything this page can find out about one second: its segment, its entry, and whether they hold. */

import { ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import { ApiError, at, get, getBytes } from '@/api/client'
import type { LogEntry, LogPage, LogProof } from '@/api/types'
import { indexInLog } from '@/base/position'
import { includes, leafHash, sha256, toHex } from '@/base/merkle'
import type { Second } from './strips'

const PAGE = 1000

export interface SegmentEntry {
  /** Its position among all logs (base/position.ts). */
  index: number
  t_us: number
  source: string
  start_us: number
  end_us: number
}

export interface Proof {
  segment: SegmentEntry
  size: number
  /** What the file is now, as this page itself computed it. */
  file: 'same' | 'different' | 'unreadable'
  inLog: boolean
  logSize: number
}

/** What came live, or what was handed over afterwards. */
type Kind = 'media.segment' | 'late.segment'

const cache = new Map<string, SegmentEntry[]>()

function segmentOf(entry: LogEntry): SegmentEntry {
  const start = Number(entry.summary.start_us)
  return {
    index: entry.index,
    t_us: entry.t_us,
    source: entry.source || String(entry.summary.source ?? ''),
    start_us: start,
    end_us: start + Number(entry.summary.duration_us),
  }
}

/** The session's segments, in the order of the log; continues where an earlier look ended. */
async function segmentsOf(session: string, kind: Kind): Promise<SegmentEntry[]> {
  const name = `${kind} ${session}`
  const known = cache.get(name) ?? []
  let after = known.at(-1)?.index ?? null
  for (;;) {
    const from = after === null ? '' : `&after=${after}`
    const page = await get<LogPage>(
      at`/api/sessions/${session}/log?kind=${kind}&limit=${PAGE}` + from,
    )
    known.push(...page.entries.map(segmentOf))
    if (page.next === null || !page.entries.length) break
    after = page.entries.at(-1)!.index
  }
  cache.set(name, known)
  return known
}

async function segmentAt(second: Second, kind: Kind): Promise<SegmentEntry | undefined> {
  const all = await segmentsOf(second.session, kind)
  return all.find(
    (one) => one.source === second.source && second.at_us >= one.start_us && second.at_us < one.end_us,
  )
}

async function fileState(second: Second, body: { sha256: string; size: number }): Promise<Proof['file']> {
  try {
    const path = at`/api/sessions/${second.session}/sources/${second.source}/segment?at_us=${second.at_us}`
    const { bytes } = await getBytes(path)
    // The answer is the init segment and then the segment itself.
    const own = new Uint8Array(bytes.slice(Math.max(0, bytes.byteLength - body.size)))
    return toHex(await sha256(own)) === body.sha256 ? 'same' : 'different'
  } catch (error) {
    return error instanceof ApiError && error.code === 'segment_altered' ? 'different' : 'unreadable'
  }
}

async function prove(second: Second): Promise<Proof | null> {
  const segment = (await segmentAt(second, 'media.segment')) ?? (await segmentAt(second, 'late.segment'))
  if (!segment) return null
  const found = await get<LogProof>(at`/api/log/${segment.index}`)
  const leaf = await leafHash(found.entry)
  const { size, path, root } = found.proof
  const inLog =
    toHex(leaf) === found.leaf_hash &&
    (await includes(leaf, indexInLog(segment.index), size, path, root))
  const body = (JSON.parse(found.entry) as { body: { sha256: string; size: number } }).body
  return { segment, size: body.size, file: await fileState(second, body), inLog, logSize: size }
}

export function useProof(second: Ref<Second | null>) {
  const proof = shallowRef<Proof | null>(null)
  const loading = ref(false)
  const problem = ref<unknown>(null)

  watch(
    second,
    async (wanted) => {
      problem.value = null
      if (!wanted) {
        proof.value = null
        return
      }
      loading.value = true
      try {
        const found = await prove(wanted)
        if (second.value === wanted) proof.value = found
      } catch (error) {
        if (second.value === wanted) problem.value = error
      } finally {
        if (second.value === wanted) loading.value = false
      }
    },
    { immediate: true },
  )

  return { proof, loading, problem }
}
