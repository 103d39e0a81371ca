/** How the recording of this room stands, in words, as every strip and band of the desk says it. */

import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'
import type { Room, Source } from '@/api/types'
import { buzz } from '@/base/buzz'
import { nowUs } from '@/base/clock'
import { clockTime } from '@/base/time'
import { useWords } from '@/base/words'
import type { SessionSummary, Track } from '@/desk/protocol'
import { pauseOf, withheldOf } from '@/desk/state'
import type { Doing, Level } from '@/desk/state'
import type { Desk } from '@/desk/useDesk'
import { Quiet, SILENT_AFTER_S, standingOf } from './recording'
import type { HeldPauses } from './useHeldPause'
import type { Publisher } from './usePublisher'

export interface Heard {
  room: Ref<Room | null>
  camera: Ref<Source | undefined>
  now: Ref<Doing>
  last: Ref<SessionSummary | undefined>
  publisher: Publisher
  copying: Ref<boolean>
  ownDb: Ref<number | null>
  lost: Ref<Track[]>
  held: HeldPauses
}

export function useRecording(desk: Desk, seen: Heard) {
  const { t, span, wordOr } = useWords()
  const { state } = desk
  const session = computed(() => seen.room.value?.session ?? null)
  const camera = seen.camera
  const pause = computed(() => (seen.room.value ? pauseOf(state, seen.room.value.id) : undefined))
  const held = seen.held.held
  const withheld = computed(() => held.value?.tracks ?? (camera.value && seen.room.value ? withheldOf(state, seen.room.value.id, camera.value.id, nowUs.value) : []))
  const own = computed(() => seen.publisher.stream.value !== null && !['idle', 'busy'].includes(seen.publisher.state.value))
  const away = computed(() => desk.lostAtUs.value !== null)
  const status = computed(() => (camera.value ? state.status.get(camera.value.id) : undefined))
  const until = computed(() => (camera.value ? state.protectedUntil.get(camera.value.id) : undefined))

  const soundless = computed(() => withheld.value.includes('audio'))
  const central = computed<Level | undefined>(() =>
    camera.value && seen.now.value === 'recording' && !soundless.value && !away.value ? state.levels.get(camera.value.id) : undefined,
  )
  /** As the centre hears it; of this tablet's own microphone while the centre is away or nothing runs. */
  const level = computed<Level | undefined>(() => {
    if (soundless.value) return undefined
    if (seen.publisher.stream.value && (away.value || !session.value) && seen.ownDb.value !== null) return { rms: [seen.ownDb.value], at_ms: Date.now() }
    return central.value
  })

  const ears = { own: new Quiet(), centre: new Quiet() }
  const silentFor = ref(0)
  function listen(): void {
    const now = Date.now()
    ears.own.note(own.value && session.value && !soundless.value ? seen.ownDb.value : null, now)
    ears.centre.note(central.value ? Math.max(-100, ...central.value.rms) : null, now)
    silentFor.value = Math.max(ears.own.seconds(now), ears.centre.seconds(now))
  }
  const timer = window.setInterval(listen, 500)
  onScopeDispose(() => window.clearInterval(timer))

  const standing = computed(() =>
    standingOf({
      open: session.value !== null,
      sealed: Boolean(seen.last.value?.closed_us),
      away: away.value,
      own: own.value,
      publishing: seen.publisher.state.value,
      copying: seen.copying.value,
      lost: seen.lost.value,
      withheld: withheld.value,
      held: seen.held.waits.value,
      doing: seen.now.value,
      silent: silentFor.value >= SILENT_AFTER_S,
    }),
  )
  const word = computed(() =>
    standing.value.word === 'paused' ? t(`pause.title.${(pause.value ?? held.value)?.reason ?? 'other'}`) : t(`desk.band.${standing.value.word}`),
  )
  const hint = computed(() => {
    const main = hintOf()
    return standing.value.away && standing.value.tone === 'act' ? t('desk.band.andLost', { hint: main }) : main
  })

  function hintOf(): string {
    const time = until.value ? clockTime(until.value) : ''
    switch (standing.value.word) {
      case 'before': return t('desk.band.beforeHint')
      case 'sealed': return sealedHint(seen.last.value)
      case 'recording': return time ? t('desk.band.until', { time }) : t('desk.band.notYet')
      case 'noSound': return t('desk.band.noSoundHint', { n: silentFor.value })
      case 'lostSource': return t(`desk.band.lostSourceHint.${seen.lost.value.length > 1 ? 'both' : (seen.lost.value[0] ?? 'audio')}`)
      case 'lost': return own.value ? t('desk.band.lostSending') : time ? t('desk.band.lostHint', { time }) : ''
      case 'keptHere': return t('copy.backHint')
      case 'held': return heldHint()
      case 'paused': return t(`pause.covers.${withheld.value.length > 1 ? 'both' : withheld.value[0]}`)
      case 'notSending': return trouble() || t('desk.band.notSendingHint')
      case 'notRecording': return trouble() || (status.value ? t('desk.since', { time: clockTime(status.value.since_us) }) : '')
      default: return ''
    }
  }
  /** Other devices of the room are not stopped from here: said only where there are any. */
  function heldHint(): string {
    const own = seen.publisher.state.value === 'idle' ? '' : seen.publisher.granted.value?.source
    const others = state.detail?.sources.some((one) => one.room === seen.room.value?.id && one.id !== own && !one.revoked && !['gas_detector', 'environment'].includes(one.kind))
    const what = t(`pause.what.${withheld.value.length > 1 ? 'both' : withheld.value[0]}`)
    return t('desk.band.heldHint', { what }) + (others ? t('desk.band.heldOthers') : '')
  }
  function trouble(): string {
    const code = seen.publisher.code.value
    return code ? wordOr(`error.${code}`, 'error.unexpected') : ''
  }
  function sealedHint(last: SessionSummary | undefined): string {
    if (!last?.closed_us) return ''
    return t('desk.band.sealedHint', { from: clockTime(last.opened_us), to: clockTime(last.closed_us), span: span(last.closed_us - last.opened_us) })
  }

  const tone = computed(() => standing.value.tone)
  watch(tone, (now) => {
    if (now === 'act') buzz([200, 100, 200]) // no sound: people talk here
  })
  const centralDb = computed(() => (central.value ? Math.max(-100, ...central.value.rms) : null))
  return { centralDb, tone, icon: computed(() => standing.value.icon), word, hint, level, withheld, pause, status, until }
}

export type Recording = ReturnType<typeof useRecording>
