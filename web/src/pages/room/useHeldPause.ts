/**
 * A pause that was pressed here and that the centre does not know of yet. What always holds:
 *
 * 1. From the press on this tablet sends and keeps nothing of what the pause withholds, until the answer says that
 *    the recorder withholds it, or the person resumes, or the session is over.
 * 2. It outlasts the page: session, time and what was pressed are kept in the browser (no names), and a page that
 *    is opened anew begins where the one before ended.
 * 3. The centre is told with the same key, so that one press is one pause, and afterwards from when to when this
 *    tablet sent nothing: the hole in the recording has its reason in the log.
 */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref } from 'vue'
import type { Room } from '@/api/types'
import { serverNowUs } from '@/base/clock'
import { CommandError } from '@/desk/connection'
import type { Command } from '@/desk/protocol'
import type { Desk } from '@/desk/useDesk'
import type { Publisher } from './usePublisher'

const KEPT = 'duizhi.room.pauses'
/** From the answer to a pause until the log has said it. */
const SAID_MS = 2_000
/** Without an answer for so long, the page says that the centre does not know. */
const SLOW_MS = 1_000
const AGAIN_MS = 3_000
/** A hole that the pause itself explains. */
const SHORT_US = 500_000
/** Nobody has said no: it is asked for again. */
const AWAY = ['offline', 'connection_lost', 'recorder_unreachable', 'recorder_restarting', 'recorder_slow', 'store_busy', 'disk_full']

type Begin = Extract<Command, { type: 'pause.begin' }>
export interface HeldPause extends Begin {
  session: string
  /** As what this tablet recorded then; empty: it did not. */
  source: string
  at_us: number
  /** Over, and still to be told: when. */
  until_us?: number
}

function kept(): HeldPause[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]')
    return Array.isArray(found) ? found : []
  } catch {
    return [] // half written
  }
}

export interface Pressed {
  /** The room of this desk, also before it is loaded. */
  id: string
  room: Ref<Room | null>
  publisher: Pick<Publisher, 'granted' | 'hold'>
  onProblem(error: unknown): void
}

export function useHeldPause(desk: Desk, { id, room, publisher, onProblem }: Pressed) {
  const all = shallowRef(kept())
  const mine = computed(() => all.value.filter((one) => one.room === id))
  const open = computed(() => mine.value.filter((one) => !one.until_us))
  /** The first of them, with what they withhold together. */
  const held = computed(() => open.value[0] && { ...open.value[0], tracks: [...new Set(open.value.flatMap((one) => one.tracks))] })
  const said = ref(false)
  /** The centre is known not to know of it. */
  const waits = ref(held.value !== undefined)
  const timers: Record<string, number> = {}
  function later(name: string, run: () => void, ms: number): void {
    window.clearTimeout(timers[name])
    timers[name] = window.setTimeout(run, ms)
  }

  function change(key: string, to?: HeldPause): void {
    all.value = [...all.value.filter((one) => one.key !== key), ...(to ? [to] : [])]
    if (!held.value) waits.value = false
    try {
      localStorage.setItem(KEPT, JSON.stringify(all.value))
    } catch {
      // no room for it: it holds as long as the page
    }
  }
  watch(held, (now) => publisher.hold(now?.tracks ?? []), { immediate: true, flush: 'sync' })

  /** From the press on; rejects where the centre says no. */
  async function ask(command: Begin): Promise<void> {
    change(command.key, { ...command, session: room.value?.session?.id ?? '', source: publisher.granted.value?.source ?? '', at_us: serverNowUs() })
    later('slow', () => (waits.value = held.value !== undefined), SLOW_MS)
    await tell()
  }

  async function tell(): Promise<void> {
    for (const one of open.value) {
      const { at_us: _at, source: _source, ...command } = one
      try {
        await desk.link.send(command)
        said.value = true
        later('said', () => (said.value = false), SAID_MS)
      } catch (error) {
        if (away(error)) {
          waits.value = held.value !== undefined
          return later('again', catchUp, AGAIN_MS)
        }
        end(one)
        throw error
      }
      end(one)
    }
    await report()
  }

  /** Sending goes on: the recorder withholds it now, or nobody does. */
  function end(one: HeldPause): void {
    if (!open.value.includes(one)) return
    const until_us = serverNowUs()
    change(one.key, until_us - one.at_us > SHORT_US ? { ...one, until_us } : undefined)
  }

  /** What is over, for the log. */
  async function report(): Promise<void> {
    for (const one of mine.value) {
      const { until_us } = one
      if (!until_us) continue
      try {
        await desk.link.send({ ...one, type: 'pause.held', until_us })
      } catch (error) {
        if (away(error)) return later('again', catchUp, AGAIN_MS)
      }
      change(one.key)
    }
  }

  function catchUp(): void {
    if (desk.connection.value === 'live') void tell().catch(onProblem)
  }
  function takeBack(): void {
    open.value.forEach(end)
    catchUp()
  }
  watch(desk.connection, catchUp, { immediate: true })
  // the session is over: there is nothing left to hold, or to say it in
  watch(
    () => room.value && (room.value.session?.id ?? ''),
    (now) => {
      for (const one of now === null ? [] : mine.value) if (one.session !== now) change(one.key)
    },
    { immediate: true },
  )
  onScopeDispose(() => Object.values(timers).forEach((one) => window.clearTimeout(one)))

  /** Nothing is to be kept here either. */
  const quiet = computed(() => said.value || held.value !== undefined)
  return { held, waits, quiet, ask, takeBack }
}

const away = (error: unknown): boolean => error instanceof CommandError && AWAY.includes(error.code)

export type HeldPauses = ReturnType<typeof useHeldPause>
