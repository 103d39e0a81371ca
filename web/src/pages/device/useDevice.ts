/** The phone as a body camera: joins what the other files of this folder do, for one page. */

import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { noteServerTime, nowUs, serverNowUs } from '@/base/clock'
import { Keyring } from '@/media/keyring'
import { PartRecorder } from '@/media/part-recorder'
import { OpfsStore } from '@/media/part-store'
import { PartList } from '@/media/parts'
import { spaceLeft, useHandOver } from '@/media/useHandOver'
import { WhipPublisher } from '@/media/whip'
import type { PublishState } from '@/media/whip'
import { Centre, exchangeCode } from './centre'
import type { DeviceState } from './centre'
import { joinCodeIn } from './join-code'
import { Outbox } from './outbox'
import type { Pressed } from './outbox'
import { standing } from './standing'
import { useCall } from './useCall'
import { useCamera } from './useCamera'
import { useReports } from './useReports'

const ASK_MS = 2_000
/** While there is a call, every step of the other end is seen soon. */
const CALL_MS = 700
const BUSY_MS = 1_500
const STALE_US = 7_000_000
const YOUNG_US = 8_000_000

export type Phase = 'checking' | 'joining' | 'outside' | 'ready'

export function useDevice() {
  const keyring = new Keyring(localStorage)
  const list = new PartList(localStorage)
  const store = OpfsStore.available() ? new OpfsStore() : null

  const phase = ref<Phase>('checking')
  const joinProblem = ref<string | null>(null)
  const centre = shallowRef<Centre | null>(null)
  const told = shallowRef<DeviceState | null>(null)
  const heardUs = ref(0)
  const on = ref(false)
  const sinceUs = ref<number | null>(null)
  const publishing = ref<PublishState>('idle')
  const trouble = ref<string | null>(null)
  const storeProblem = ref<string | null>(store ? null : 'storage_missing')
  const captureProblem = ref<string | null>(null)
  const busy = ref(false)
  const pressed = shallowRef<Pressed[]>([])

  const camera = useCamera()
  const outbox = new Outbox(localStorage, (waiting) => (pressed.value = waiting))
  const handOver = useHandOver({ store, list, keyring, measure: spaceLeft })
  const reports = useReports(
    () => centre.value,
    () => told.value?.session != null,
  )

  const reachable = computed(() => heardUs.value > 0 && nowUs.value - heardUs.value < STALE_US)

  const publisher = new WhipPublisher({
    async grant() {
      if (!centre.value) throw new ApiError(401, 'token_unknown')
      const { source, token } = centre.value.credentials
      const ice_servers = (await centre.value.state()).ice_servers
      return { whip_url: `/whip/${source}`, token, source, session: '', expires_us: 0, ice_servers }
    },
    onState(next, why) {
      const before = publishing.value
      publishing.value = next
      trouble.value = why
      if (next === 'live' && before !== 'live') void ask()
      // After a break the recorder may still think that the old connection is there.
      if (next === 'busy' && on.value) window.setTimeout(() => on.value && void publisher.start(), BUSY_MS)
    },
  })

  const recorder = store
    ? new PartRecorder(store, list, {
        get source() {
          return centre.value?.credentials.source ?? ''
        },
        session: () => told.value?.session?.id ?? '',
        nowUs: serverNowUs,
        onProblem: (code) => (storeProblem.value = code),
        onChange: () => handOver.refresh(),
      })
    : null

  // --- joining ---------------------------------------------------------------------------------

  async function enter(): Promise<void> {
    const code = joinCodeIn(location.hash)
    if (code) await join(code)
    const known = keyring.current()
    if (!known) {
      phase.value = 'outside'
      return
    }
    centre.value = new Centre(known)
    phase.value = 'ready'
    await navigator.storage?.persist?.().catch(() => false)
    await handOver.adopt()
    await ask()
  }

  async function join(code: string): Promise<void> {
    phase.value = 'joining'
    joinProblem.value = null
    try {
      keyring.add(await exchangeCode(code))
      // The code is spent: it must not stand in the address bar or its history.
      history.replaceState(history.state, '', location.pathname)
    } catch (error) {
      const why = error instanceof ApiError ? error.code : 'unexpected'
      if (why !== 'join_used' || !keyring.current()) joinProblem.value = why
    }
  }

  // --- how it stands ---------------------------------------------------------------------------

  async function ask(): Promise<void> {
    if (!centre.value) return
    const begun = performance.now()
    try {
      const state = await centre.value.state()
      noteServerTime(state.now_us, performance.now() - begun)
      const recovered = told.value?.state !== 'recording' && state.state === 'recording'
      told.value = state
      // What an outage left can be handed over at once. Not at the very beginning: nothing was lost.
      if (recovered && sinceUs.value && serverNowUs() - sinceUs.value > YOUNG_US) void recorder?.rotate()
      heardUs.value = serverNowUs()
      await outbox.send(centre.value)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) await sentAway()
    }
  }

  /** The token is void: nothing more is published; what is owed stays on the phone. */
  async function sentAway(): Promise<void> {
    joinProblem.value = 'token_unknown'
    centre.value = null
    if (on.value) await stop()
    phase.value = 'outside'
  }

  // --- recording -------------------------------------------------------------------------------

  async function start(): Promise<void> {
    busy.value = true
    captureProblem.value = null
    try {
      const stream = camera.stream.value ?? (await camera.open())
      on.value = true
      sinceUs.value = serverNowUs()
      void stayAwake()
      // Whichever of the two fails, the other goes on.
      await recorder?.start(stream).catch(() => undefined)
      publisher.stream = stream
      void publisher.start()
    } catch (error) {
      captureProblem.value = error instanceof ApiError ? error.code : 'unexpected'
    } finally {
      busy.value = false
    }
  }

  async function stop(): Promise<void> {
    busy.value = true
    on.value = false
    try {
      await recorder?.stop()
      await publisher.stop()
      camera.close()
      sinceUs.value = null
      void lock?.release()
      handOver.look()
      await ask()
    } finally {
      busy.value = false
    }
  }

  /** Shows the picture before anything is recorded. */
  async function preview(): Promise<void> {
    captureProblem.value = null
    reports.locate()
    try {
      const stream = await camera.open()
      if (!on.value) return
      await recorder?.swap(stream)
      await publisher.swap(stream)
    } catch (error) {
      captureProblem.value = error instanceof ApiError ? error.code : 'unexpected'
    }
  }

  async function turn(): Promise<void> {
    camera.facing.value = camera.facing.value === 'environment' ? 'user' : 'environment'
    await preview()
  }

  // --- marks and help --------------------------------------------------------------------------

  function press(one: Pressed): void {
    outbox.put(one)
    if (centre.value) void outbox.send(centre.value).then(ask)
  }

  const key = (): string => crypto.randomUUID()
  const mark = (text: string): void => press({ kind: 'mark', key: key(), text, t_us: Math.round(serverNowUs()) })
  const callHelp = (): void => press({ kind: 'sos', key: key(), t_us: Math.round(serverNowUs()) })
  const helpOver = (): void => press({ kind: 'sos_over', key: key(), t_us: Math.round(serverNowUs()) })

  // --- the screen stays on ---------------------------------------------------------------------

  let lock: WakeLockSentinel | null = null
  async function stayAwake(): Promise<void> {
    if (!on.value || document.visibilityState !== 'visible') return
    lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null
  }

  function networkBack(): void {
    void ask()
    handOver.look()
  }

  function beforeUnload(event: BeforeUnloadEvent): void {
    if (on.value) event.preventDefault()
  }

  const timer = window.setInterval(() => void ask(), ASK_MS)
  const fast = window.setInterval(() => told.value?.call && void ask(), CALL_MS)
  document.addEventListener('visibilitychange', stayAwake)
  window.addEventListener('online', networkBack)
  window.addEventListener('beforeunload', beforeUnload)
  onScopeDispose(() => {
    window.clearInterval(timer)
    window.clearInterval(fast)
    document.removeEventListener('visibilitychange', stayAwake)
    window.removeEventListener('online', networkBack)
    window.removeEventListener('beforeunload', beforeUnload)
    void stop()
  })

  const stand = computed(() =>
    standing({
      on: on.value,
      told: told.value,
      fresh: reachable.value,
      publishing: publishing.value,
      local: on.value && storeProblem.value === null && recorder !== null,
      young: sinceUs.value !== null && nowUs.value - sinceUs.value < YOUNG_US,
    }),
  )

  const calls = useCall(
    () => centre.value,
    told,
    computed(() => stand.value === 'recording'),
  )

  return {
    calls,
    ...{ phase, joinProblem, told, reachable, on, sinceUs, publishing, trouble, busy },
    ...{ storeProblem, captureProblem, pressed, camera, handOver, reports, stand },
    ...{ enter, start, stop, preview, turn, mark, callHelp, helpOver },
  }
}

export type Device = ReturnType<typeof useDevice>
