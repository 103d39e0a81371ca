/**
 * The record of one session on this desk: its text, its documents, and the acts on them. What is changed and not
 * saved is kept in this tab (`kept-text.ts`) and stands in the text again when the record is opened again. A text that
 * would replace another one waits aside until it is put back or given up; only that takes it out of the tab.
 */

import { computed, ref, shallowRef, watch } from 'vue'
import type { Component, InjectionKey } from 'vue'
import { ApiError, at, get, post } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import { asideOf, differs, isKept, keepText, keptIn, keptOf, letGo, notYet, spoken, textOf } from './kept-text'
import type { KeptText } from './kept-text'
import type { FingerprintMessage } from './fingerprint'
import type { Header, HeaderField, InkMessage, Line, RecordDocument, RecordView, Review } from './types'

/** A text beside the one in the editor. `given`: given up, and there to be put back while the record is open. */
export interface Aside {
  text: KeptText
  given: boolean
}

/** `CorrectionsPart.vue`, where the page around the signing has it; a room does without, so that it loads little. */
export const CORRECTIONS: InjectionKey<Component> = Symbol()

/** A page was before the person: from when to when, how far it was seen, and how. */
export interface Shown {
  page: number
  from_us: number
  to_us: number
  scrolled_pm: number
  read_aloud?: boolean
  large_type?: boolean
}

/** Made by the centre when the session closed: nobody's work is in it. */
const isDraft = (found: RecordView): boolean => found.version === 1 && !found.by_name

export function useRecord(session: () => string) {
  const view = ref<RecordView | null>(null)
  const header = ref<Header | null>(null)
  const lines = ref<Line[]>([])
  const dirty = ref(false)
  const review = ref<Review | null>(null)
  /** What was not saved the last time and stands in the text. */
  const back = shallowRef<KeptText | null>(null)
  const aside = shallowRef<Aside[]>([])
  /** What somebody else saved while this text is being edited. */
  const newer = shallowRef<RecordView | null>(null)

  const document = computed(() => view.value?.documents[0] ?? null)

  function take(found: RecordView): void {
    view.value = found
    header.value = { ...found.header }
    lines.value = found.lines.map((one) => ({ ...one }))
    dirty.value = false
    newer.value = null
  }

  /** As saved: the text of the editor is kept no more. What waits aside goes on waiting, save what was given up. */
  function takeSaved(found: RecordView): void {
    take(found)
    back.value = null
    aside.value = aside.value.filter((one) => !one.given)
    letGo(session())
  }

  /** False: this browser keeps no more, so that leaving would lose it. */
  function keep(): boolean {
    const held = aside.value.every((one) => one.given || isKept(session(), one.text.at_us))
    if (!dirty.value || !view.value || !header.value) return held
    return keepText(session(), textOf(view.value, header.value, lines.value, serverNowUs())) && held
  }
  watch([header, lines, dirty], keep, { deep: true })

  /** A copy of what stands in the editor, with a time of its own. */
  function present(): KeptText | null {
    if (!view.value || !header.value) return null
    const latest = Math.max(0, ...aside.value.map((one) => one.text.at_us))
    return keptOf(textOf(view.value, header.value, lines.value, Math.max(serverNowUs(), latest + 1)))
  }

  /** It stands in the editor no more and waits beside it. */
  function setAside(text: KeptText): void {
    letGo(session())
    keepText(session(), JSON.stringify(text), text.at_us)
    aside.value = [...aside.value, { text, given: false }]
  }

  /** What was not saved the last time stands in the text again; of an older version it waits to be asked for. */
  function bringBack(mayEdit: boolean): void {
    if (!mayEdit || !view.value) return
    const { version, header: fields, lines: written } = view.value
    const same = (one: KeptText): boolean => !differs(one, { header: fields, lines: written })
    const waiting = asideOf(session())
    for (const one of waiting.filter(same)) letGo(session(), one.at_us)
    aside.value = waiting.filter((one) => !same(one)).map((text) => ({ text, given: false }))
    const text = keptIn(session())
    if (!text) return
    if (same(text)) letGo(session())
    else if (text.version === version) stand(text)
    else setAside(text)
  }

  function stand(text: KeptText): void {
    if (!view.value) return
    header.value = { ...view.value.header, ...text.header }
    lines.value = text.lines.map((one) => ({ ...one }))
    const said = text.version === view.value.version ? [] : spoken(view.value.lines)
    view.value = { ...view.value, fresh: notYet([...said, ...view.value.fresh], lines.value) }
    back.value = text
    dirty.value = true
  }

  /** It stands in the text again; what stood there and is not saved waits in its place. */
  function putBack(one: Aside): void {
    const now = dirty.value ? present() : null
    if (now) setAside(now)
    aside.value = aside.value.filter((other) => other.text !== one.text)
    stand(one.text)
    if (keep()) letGo(session(), one.text.at_us)
  }

  /** The text as it is saved, or without one that waits; it can be put back for as long as the record is open. */
  function giveUp(one?: Aside): void {
    const text = one ? one.text : present()
    if (!text || !view.value) return
    if (one) aside.value = aside.value.filter((other) => other.text !== text)
    else {
      take(view.value)
      back.value = null
    }
    letGo(session(), one?.text.at_us)
    aside.value = [...aside.value, { text, given: true }]
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

  /** Looks again for what was said and saved since, without touching what is being edited. */
  async function look(): Promise<void> {
    const found = await get<RecordView>(at`/api/sessions/${session()}/record`)
    const known = view.value
    if (!known || found.version < known.version) return // asked before the last save
    if (!dirty.value) take(found)
    else if (found.version === known.version) view.value = { ...known, fresh: notYet(found.fresh, lines.value), documents: found.documents }
    else if (known.version === 0 && isDraft(found)) goOnFrom(known, found)
    else newer.value = found
  }

  /** The draft of the centre takes no place of its own: what was edited stands on it, and what else it has is offered. */
  function goOnFrom(known: RecordView, draft: RecordView): void {
    const fields = Object.entries(header.value ?? {}) as [HeaderField, string][]
    header.value = { ...draft.header, ...Object.fromEntries(fields.filter(([name, value]) => value !== known.header[name])) }
    const said = notYet([...spoken(draft.lines), ...draft.fresh], [...known.lines, ...lines.value])
    view.value = { ...draft, fresh: said }
  }

  /** The text somebody else saved is on the screen; what was being edited waits beside it. */
  function takeNewer(): void {
    const now = present()
    if (!newer.value || !now) return
    const found = newer.value
    setAside(now)
    back.value = null
    take(found)
  }

  /** Takes what was said since the last save into the text. */
  function takeFresh(): void {
    if (!view.value) return
    lines.value = [...lines.value, ...view.value.fresh.map((one) => ({ ...one }))]
    view.value = { ...view.value, fresh: [] }
    dirty.value = true
  }

  const written = (): string => JSON.stringify([header.value, lines.value])

  /** What was saved meanwhile is looked at first: over a draft of the centre it is saved, over another's text it waits aside. */
  async function save(): Promise<void> {
    try {
      await send()
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'record_changed') throw error
      await look()
      if (newer.value) {
        takeNewer()
        throw error
      }
      if (dirty.value) await send()
    }
  }

  /** What is typed while it is on its way stays typed, and unsaved. */
  async function send(): Promise<void> {
    if (!view.value || !header.value) return
    const sent = written()
    const base = view.value.version
    const found = await post<RecordView>(at`/api/sessions/${session()}/record/text`, { base, header: header.value, lines: lines.value })
    if (written() === sent) return takeSaved(found)
    view.value = { ...found, fresh: notYet(found.fresh, lines.value) }
    back.value = null
    dirty.value = true
    keep()
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
    if (!dirty.value) await look() // what was changed meanwhile goes into the same version
    lines.value[line]!.mark = text
    dirty.value = true
    await save()
  }

  async function shown(document: string, how: Shown): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/shown`, how))
  }

  async function sign(document: string, ink: InkMessage, account = '', password = '', fingerprint: FingerprintMessage | null = null, reason = ''): Promise<void> {
    const more = { ...(fingerprint ? { fingerprint } : {}), ...(reason ? { reason } : {}) }
    replace(await post<RecordDocument>(at`/api/documents/${document}/sign`, { ink, account, password, ...more }))
  }

  /** An officer's key is opened once more: a centre that was started again has it no more. */
  async function openKey(document: string, signer: string, account: string, password: string): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/key`, { signer, account, password }))
  }

  async function refuse(document: string, signer: string, reason: string, witness: string, unable: boolean): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/refuse`, { signer, reason, witness, unable }))
  }

  async function finish(document: string): Promise<void> {
    replace(await post<RecordDocument>(at`/api/documents/${document}/finish`))
  }

  return { back, aside, newer, takeNewer, keep, putBack, giveUp, open, review, check, lookOver, justify, settleStep, view, header, lines, dirty, document, look, takeFresh, save, make, askChange, shown, sign, openKey, replace, refuse, finish }
}

export type RecordDesk = ReturnType<typeof useRecord>
