/** The record of one session on this desk: its text, its documents, and the acts on them. */

import { computed, ref } from 'vue'
import { at, get, post } from '@/api/client'
import type { Header, InkMessage, Line, RecordDocument, RecordView, Review } from './types'

export function useRecord(session: () => string) {
  const view = ref<RecordView | null>(null)
  const header = ref<Header | null>(null)
  const lines = ref<Line[]>([])
  const dirty = ref(false)
  const review = ref<Review | null>(null)

  const document = computed(() => view.value?.documents[0] ?? null)

  function take(found: RecordView): void {
    view.value = found
    header.value = { ...found.header }
    lines.value = found.lines.map((one) => ({ ...one }))
    dirty.value = false
  }

  function replace(changed: RecordDocument): void {
    if (!view.value) return
    const others = view.value.documents.filter((one) => one.id !== changed.id)
    const earlier = others.map((one) => (one.state === 'made' ? { ...one, state: 'replaced' as const } : one))
    view.value = { ...view.value, documents: [changed, ...earlier] }
  }

  async function load(): Promise<void> {
    take(await get<RecordView>(at`/api/sessions/${session()}/record`))
  }

  /** Looks again for what was said since, without touching what is being edited. */
  async function look(): Promise<void> {
    const found = await get<RecordView>(at`/api/sessions/${session()}/record`)
    if (!dirty.value) take(found)
    else if (view.value) view.value = { ...view.value, fresh: found.fresh, documents: found.documents }
  }

  /** Takes what was said since the last save into the text. */
  function takeFresh(): void {
    if (!view.value) return
    lines.value = [...lines.value, ...view.value.fresh.map((one) => ({ ...one }))]
    view.value = { ...view.value, fresh: [] }
    dirty.value = true
  }

  async function save(): Promise<void> {
    if (!view.value || !header.value) return
    take(
      await post<RecordView>(at`/api/sessions/${session()}/record/text`, {
        base: view.value.version,
        header: header.value,
        lines: lines.value,
      }),
    )
  }

  async function lookOver(): Promise<void> {
    review.value = await get<Review>(at`/api/sessions/${session()}/record/review`)
  }

  /** Saves what was edited, then works out what is open before a document is made. */
  async function check(): Promise<void> {
    if (dirty.value || view.value?.version === 0) await save()
    await lookOver()
  }

  async function justify(differences: string[], reason: string): Promise<void> {
    review.value = await post<Review>(at`/api/sessions/${session()}/record/justify`, { differences, reason })
  }

  async function settleStep(step: string, how: 'said' | 'left_out', reason = ''): Promise<void> {
    review.value = await post<Review>(at`/api/sessions/${session()}/record/steps/${step}`, { how, reason })
  }

  async function make(): Promise<void> {
    if (dirty.value || view.value?.version === 0) await save()
    replace(
      await post<RecordDocument>(at`/api/sessions/${session()}/record/document`, {
        version: view.value!.version,
        steps_seen: true, // the list was on the screen before
      }),
    )
  }

  /** What the person questioned wants changed: a mark in a new version of the text. */
  async function askChange(line: number, text: string): Promise<void> {
    await load()
    lines.value[line]!.mark = text
    await save()
  }

  async function shown(document: string, page: number, from_us: number, to_us: number, scrolled_pm: number, read_aloud = false): Promise<void> {
    replace(
      await post<RecordDocument>(at`/api/documents/${document}/shown`, { page, from_us, to_us, scrolled_pm, read_aloud }),
    )
  }

  async function sign(document: string, ink: InkMessage, account = '', password = ''): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/sign`, { ink, account, password }))
  }

  async function refuse(document: string, signer: string, reason: string, witness: string): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/refuse`, { signer, reason, witness }))
  }

  async function finish(document: string): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/finish`))
  }

  return { review, check, lookOver, justify, settleStep, view, header, lines, dirty, document, load, look, takeFresh, save, make, askChange, shown, sign, refuse, finish }
}

export type RecordDesk = ReturnType<typeof useRecord>
