/**
 * The check list of this tablet: what was tapped, what is seen, and saying it once the session is
 * open. Recording never waits for it: what could not be said yet is kept and tried again, also when the
 * page was closed meanwhile.
 */

import { computed, onScopeDispose, reactive, ref, watch } from 'vue'
import type { Ref } from 'vue'
import { me } from '@/api/account'
import { ApiError, at, get, post } from '@/api/client'
import type { Room, SystemInfo } from '@/api/types'
import { serverNowUs } from '@/base/clock'
import { holds } from '@/desk/alarms'
import type { Alarm } from '@/desk/protocol'
import { microphonesOf } from '@/desk/state'
import type { DeskState } from '@/desk/state'
import { pointOf, pointsOf, unmetOf } from './checks'
import type { Point, Points } from './checks'
import { belongs, keptText, parsed, saidOf, tappedOf } from './kept-checks'
import type { About, NoticeAnswers, NoticeGiven, NoticeSaid } from './kept-checks'

/** What most people answer, spelled out on the button that says so. */
export const USUAL: NoticeAnswers = { understood: true, recusal: false, interpreter: false, note: '' }
/** How one tap has it given; the list says so before the tap, and another way is chosen in the notice itself. */
export const USUALLY = { language: 'zh', how: 'aloud' } as const

interface Waiting {
  by: string // the account that started
  points: Points
  hours_left: number | null
  reason: string
  notice: NoticeSaid | null
  told: number // how many of the three messages are durable
  started_us: number
}

const RETRY_MS = 4_000
/** How the machine is, is asked again so often before the start. */
const LOOK_MS = 60_000
const PATIENCE_MS = 1_500

/** At the start and before the stop a centre that takes longer is not waited for. */
export const patiently = (what: Promise<unknown>): Promise<unknown> => Promise.race([what, new Promise<void>((done) => window.setTimeout(done, PATIENCE_MS))])

export interface Seen {
  case: string
  room: Ref<Room | null>
  person: Ref<string> // id of who is questioned, empty: nobody is named
  fixed: Ref<boolean>
  /** What is heard of that device, as the centre tells. */
  fixedDb: Ref<number | null>
  desk: DeskState
  luma: Ref<number | null>
  loudest: Ref<number | null>
  system: Ref<SystemInfo | null>
  /** The notice was read and answered in this session: what was signed for it before goes there too. */
  noticed: (session: string, said: NoticeSaid) => void
}

export function useChecks(seen: Seen) {
  const tapped = reactive({ officers: false, notice: null as NoticeSaid | null })
  const waiting = ref<Waiting | null>(null)
  let timer = 0
  let running: Promise<void> | null = null
  onScopeDispose(() => window.clearTimeout(timer))

  const about = computed<About | null>(() => {
    const room = seen.room.value
    return room && { case: seen.case, room: room.id, person: seen.person.value, officers: room.officers.map((one) => one.name) }
  })
  const place = (what: string): string => `duizhi.${what}.${seen.case}.${seen.room.value?.id ?? ''}`
  /** What was tapped for these people before the page loaded again. */
  watch(
    () => about.value && JSON.stringify(about.value),
    () => {
      if (!about.value) return
      const kept = tappedOf(localStorage.getItem(place('checks')), about.value, serverNowUs())
      if (!kept) localStorage.removeItem(place('checks')) // of other people, or too old: a handwriting is kept no longer than it counts
      tapped.officers = kept?.officers ?? false
      tapped.notice = kept?.notice ?? null
      waiting.value ??= untoldOf(localStorage.getItem(place('untold')))
      void tell()
    },
    { immediate: true },
  )
  watch(tapped, () => {
    if (!about.value) return
    retold()
    if (tapped.officers || tapped.notice) localStorage.setItem(place('checks'), keptText(about.value, tapped, serverNowUs()))
    else localStorage.removeItem(place('checks'))
  })

  /** Loudest that the centre heard of a fixed microphone while this list stood. */
  const loudestFixed = ref<number | null>(null)
  watch(seen.fixedDb, (db) => {
    loudestFixed.value = db === null ? null : Math.max(loudestFixed.value ?? -100, db)
  })
  /** Alarms that hold on any device of this room, with the point each speaks against. */
  const against = computed(() => {
    const room = seen.room.value?.id ?? ''
    const microphones = new Set(microphonesOf(seen.desk, room).map((one) => one.id))
    return [...seen.desk.alarms.values()]
      .filter((one) => one.room === room && holds(one))
      .map((alarm) => ({ alarm, point: pointOf(alarm, microphones) }))
      .filter((one): one is { alarm: Alarm; point: Point } => one.point !== null)
  })

  /** The agency wants the notice signed before the start, and it is neither signed nor noted why not. */
  const toSign = computed(() => (seen.system.value?.interview?.sign_notice ?? false) && !tapped.notice?.signing)
  const points = computed(() =>
    pointsOf({
      person: seen.person.value !== '',
      officers: seen.room.value?.officers.length ?? 0,
      officersConfirmed: tapped.officers,
      noticeAnswered: tapped.notice !== null && !toSign.value,
      fixed: seen.fixed.value,
      fixedDb: loudestFixed.value,
      luma: seen.luma.value,
      loudestDb: seen.loudest.value,
      space: seen.system.value?.recorder.reachable ? (seen.system.value.recorder.space ?? 'ok') : null,
      disksFailed: seen.system.value?.recorder.disks_failed ?? 0,
      against: new Set(against.value.map((one) => one.point)),
    }),
  )
  const unmet = computed(() => unmetOf(points.value))

  async function look(): Promise<void> {
    const found = await get<SystemInfo>('/api/system').catch(() => null)
    // without an answer nobody knows how much room there is
    seen.system.value = found ?? (seen.system.value && { ...seen.system.value, recorder: { ...seen.system.value.recorder, reachable: false } })
  }
  const refresh = (): Promise<unknown> => patiently(look())
  const looking = window.setInterval(() => {
    if (!seen.room.value?.session) void look()
  }, LOOK_MS)
  void look()
  onScopeDispose(() => window.clearInterval(looking))

  /** One tap: told and answered as most do, at this moment, in the version of this moment. */
  function giveUsual(): void {
    const [given_us, about] = [serverNowUs(), seen.room.value?.id ?? '']
    tapped.notice = { ...USUAL, ...USUALLY, given_us }
    void get<{ name: string }>(at`/api/rooms/${about}/notice`).then(
      ({ name }) => {
        if (tapped.notice?.given_us === given_us && !tapped.notice.notice) tapped.notice.notice = name
      },
      () => undefined, // the centre knows which version was in use then
    )
  }

  /** The list as it stands now goes into the session that is being opened; the taps stay until it is there. */
  function started(reason: string): void {
    const hours = seen.system.value?.recorder.disk_hours_left ?? null
    waiting.value = {
      by: account(),
      points: { ...points.value },
      hours_left: hours === null ? null : Math.floor(Math.min(hours, 100_000)),
      reason,
      notice: tapped.notice && { ...tapped.notice },
      told: 0,
      started_us: serverNowUs(),
    }
    keep()
    void tell()
  }

  /** A start that is not through yet takes along the notice as it is tapped meanwhile; the points stand as at the press. */
  function retold(): void {
    if (!waiting.value || seen.room.value?.session) return
    waiting.value.notice = tapped.notice && { ...tapped.notice }
    keep()
  }

  function keep(): void {
    if (waiting.value) localStorage.setItem(place('untold'), JSON.stringify(waiting.value))
    else localStorage.removeItem(place('untold'))
  }

  /** Says what waits; whoever asks while that goes on waits for its end. */
  function tell(): Promise<void> {
    window.clearTimeout(timer)
    const session = seen.room.value?.session
    const list = waiting.value
    if (running || !session || !list) return running ?? Promise.resolve()
    if (!belongs(list.started_us, session.opened_us)) {
      done(list) // of a session that never opened
      return Promise.resolve()
    }
    // only now: before the session is there, this is the only other copy of a handwriting
    tapped.officers = false
    tapped.notice = null
    if (list.by !== account()) return Promise.resolve() // in another one's name nothing is told
    running = say(session.id, list).finally(() => {
      running = null
      if (waiting.value !== list) void tell()
    })
    return running
  }

  async function say(session: string, list: Waiting): Promise<void> {
    const messages: [string, unknown][] = [
      ['checks', { points: list.points, hours_left: list.hours_left, reason: list.reason }],
      ...(list.notice
        ? ([
            ['notice/read', givenOf(list.notice)],
            ['notice/answers', answersOf(list.notice)],
          ] as [string, unknown][])
        : []),
    ]
    try {
      for (const [path, body] of messages.slice(list.told)) {
        await post(`${at`/api/sessions/${session}`}/${path}`, body).catch((error: unknown) => {
          if (!forGood(error)) throw error // else the session says itself what it is without
        })
        list.told += 1
        keep()
      }
      if (list.notice) seen.noticed(session, list.notice)
      done(list)
    } catch (error) {
      // the centre is away, or this account may not tell it now
      timer = window.setTimeout(() => void tell(), error instanceof ApiError && error.status === 403 ? LOOK_MS : RETRY_MS)
    }
  }

  /** Said, or refused for good, of which the signature that comes after it says so; the list of another start stays. */
  function done(list: Waiting): void {
    if (waiting.value === list) waiting.value = null
    keep()
  }

  watch(() => seen.room.value?.session?.id, () => void tell())
  const untold = computed(() => waiting.value !== null)
  /** A signature waits with the list. */
  const unsigned = computed(() => Boolean(waiting.value?.notice?.signing))
  return { points, unmet, against, toSign, refresh, system: seen.system, tapped, giveUsual, started, tell, untold, unsigned }
}

const account = (): string => me.value?.id ?? ''
/** Each thing the centre will never take is left out alone: what comes after it is said all the same. */
const forGood = (error: unknown): boolean => error instanceof ApiError && [400, 404].includes(error.status)
const givenOf = ({ language, how, given_us, notice = '' }: NoticeSaid): NoticeGiven => ({ language, how, given_us: Math.round(given_us), notice })
const answersOf = ({ understood, recusal, interpreter, note }: NoticeSaid): NoticeAnswers => ({ understood, recusal, interpreter, note })

function untoldOf(text: string | null): Waiting | null {
  const found = parsed(text)
  if (!found || typeof found.started_us !== 'number' || typeof found.told !== 'number' || !found.points) return null
  return { ...(found as unknown as Waiting), by: typeof found.by === 'string' ? found.by : account(), notice: saidOf(found.notice) }
}

export type CheckDesk = ReturnType<typeof useChecks>
