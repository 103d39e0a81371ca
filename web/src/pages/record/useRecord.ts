/**
 * The record of one session on this desk: its text, its documents, and the acts on them. What is changed and not
 * saved is kept in this tab (`kept-text.ts`) and stands in the text again when the record is opened again.
 */

import { computed, ref, watch } from 'vue'
import { at, get, post } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import { differs, keepText, keptIn, letGo, notYet, textOf } from './kept-text'
import type { KeptText } from './kept-text'
import type { Header, InkMessage, Line, RecordDocument, RecordView, Review } from './types'

export function useRecord(session: () => string) {
  const view = ref<RecordView | null>(null)
  const header = ref<Header | null>(null)
  const lines = ref<Line[]>([])
  const dirty = ref(false)
  const review = ref<Review | null>(null)
  /** What was not saved the last time. `back`: it stands in the text. */
  const unsaved = ref<{ text: KeptText; back: boolean } | null>(null)

  const document = computed(() => view.value?.documents[0] ?? null)

  function take(found: RecordView): void {
    view.value = found
    header.value = { ...found.header }
    lines.value = found.lines.map((one) => ({ ...one }))
    dirty.value = false
  }

  /** As saved: nothing is kept any more. */
  function takeSaved(found: RecordView): void {
    take(found)
    unsaved.value = null
    letGo(session())
  }

  /** False: this browser keeps no more, so that leaving would lose it. */
  function keep(): boolean {
    if (!dirty.value || !view.value || !header.value) return true
    return keepText(session(), textOf(view.value, header.value, lines.value, serverNowUs()))
  }
  watch([header, lines, dirty], keep, { deep: true })

  /** What was not saved the last time stands in the text again; of an older version it waits to be asked for. */
  function bringBack(mayEdit: boolean): void {
    const text = mayEdit ? keptIn(session()) : null
    if (!text || !view.value) return
    if (!differs(text, view.value)) return letGo(session())
    unsaved.value = { text, back: false }
    if (text.version === view.value.version) putBack()
  }

  function putBack(): void {
    if (!unsaved.value || !view.value) return
    const { text } = unsaved.value
    header.value = { ...view.value.header, ...text.header }
    lines.value = text.lines.map((one) => ({ ...one }))
    view.value = { ...view.value, fresh: notYet(view.value.fresh, lines.value) }
    unsaved.value = { text, back: true }
    dirty.value = true
  }

  /** The text as it is saved; what was not stays to be put back for as long as the record is open. */
  function giveUp(): void {
    if (!unsaved.value || !view.value || !header.value) return
    unsaved.value = { text: { ...unsaved.value.text, header: header.value, lines: lines.value }, back: false }
    take(view.value)
    letGo(session())
  }

  function replace(changed: RecordDocument): void {
    if (!view.value) return
    const others = view.value.documents.filter((one) => one.id !== changed.id)
    const earlier = others.map((one) => (one.state === 'made' ? { ...one, state: 'replaced' as const } : one))
    view.value = { ...view.value, documents: [changed, ...earlier] }
  }

  /** Opens the record, with what was not saved the last time. */
  async function open(mayEdit: boolean): Promise<void> {
    take(await get<RecordView>(at`/api/sessions/${session()}/record`))
    bringBack(mayEdit)
  }

  async function load(): Promise<void> {
    takeSaved(await get<RecordView>(at`/api/sessions/${session()}/record`))
  }

  /** Looks again for what was said since, without touching what is being edited. */
  async function look(): Promise<void> {
    const found = await get<RecordView>(at`/api/sessions/${session()}/record`)
    if (!dirty.value) take(found)
    else if (view.value) view.value = { ...view.value, fresh: notYet(found.fresh, lines.value), documents: found.documents }
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
    takeSaved(
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
    if (!dirty.value) await load() // what was changed meanwhile goes into the same version
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

  return { unsaved, keep, putBack, giveUp, open, review, check, lookOver, justify, settleStep, view, header, lines, dirty, document, load, look, takeFresh, save, make, askChange, shown, sign, refuse, finish }
}

export type RecordDesk = ReturnType<typeof useRecord>
