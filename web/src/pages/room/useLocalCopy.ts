/**
 * The room's tablet keeps a copy of what it records: always, because the moments before a break is noticed would
 * be lost otherwise, and only until the centre has them. It holds up neither the start nor the stop of the
 * recording, and it keeps nothing of a pause: it stops with the press that asks for one.
 */

import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'
import type { PublishGrant } from '@/api/types'
import { serverNowUs } from '@/base/clock'
import type { Pause } from '@/desk/protocol'
import { Keyring } from '@/media/keyring'
import { LimitedStore } from '@/media/part-limit'
import { PART_MS, PartRecorder, recordingType } from '@/media/part-recorder'
import { OpfsStore } from '@/media/part-store'
import type { PartStore } from '@/media/part-store'
import { keptUs, PartList } from '@/media/parts'
import { useHandOver } from '@/media/useHandOver'
import type { PublishState } from '@/media/whip'
import { CopyLock } from './copy-lock'
import { Receipts } from './copy-receipts'
import { copyStanding, leftUs } from './copy-standing'

export interface Sending {
  stream: Ref<MediaStream | null>
  state: Ref<PublishState>
  /** What this tablet records as; null before it is told. */
  granted: Ref<PublishGrant | null>
  pause: Ref<Pause | undefined>
  /** A pause was pressed here and is not in the log yet. */
  quiet: Ref<boolean>
  /** The session whose receipt is shown. */
  session: Ref<string>
}

/** `files`: where the parts lie; null: this browser has no such place. */
export function useLocalCopy(seen: Sending, files: PartStore | null = OpfsStore.available() ? new OpfsStore('room-parts') : null) {
  const list = new PartList(localStorage, 'duizhi.room.parts')
  const keyring = new Keyring(localStorage, 'duizhi.room.sources')
  const receipts = new Receipts(localStorage)
  const store = files && new LimitedStore(files, () => list.all().reduce((sum, one) => sum + one.bytes, 0))
  const able = store !== null && recordingType() !== null
  const problem = ref<string | null>(null)
  const held = computed(() => seen.quiet.value || seen.pause.value !== undefined)
  const filed = ref(0)
  const running = ref(false)
  const sending = (): boolean => ['connecting', 'live', 'retrying'].includes(seen.state.value)

  const handOver = useHandOver({
    store,
    list,
    keyring,
    byLogin: true,
    measure: async () => (await store?.measure()) ?? null,
    mine: () => lock.mine,
    onFiled(_part, what) {
      receipts.add(what, serverNowUs())
      filed.value += 1
    },
    onEmpty: () => forgetTokens(),
  })

  const recorder = store
    ? new PartRecorder(store, list, {
        get source() {
          return seen.granted.value?.source ?? ''
        },
        session: () => seen.granted.value?.session ?? '',
        nowUs: serverNowUs,
        onProblem: (code) => (problem.value = code),
        onChange() {
          running.value = recorder?.running ?? false
          handOver.refresh()
        },
      })
    : null

  const lock = new CopyLock({
    async onMine() {
      list.reload()
      await handOver.adopt()
      forgetTokens()
    },
    onLost: () => void recorder?.stop(),
  })
  if (store) lock.wait()
  void handOver.measure()

  /** The stream that is to be kept now; null: nothing is. */
  const kept = computed(() => {
    if (!able || held.value || !seen.granted.value) return null
    return sending() ? seen.stream.value : null
  })

  const beginning = ref(false)
  async function begin(): Promise<void> {
    if (beginning.value) return
    beginning.value = true
    void navigator.storage.persist?.().catch(() => false)
    await lock.take()
    await handOver.measure()
    if (kept.value && !recorder?.running) await recorder?.start(kept.value).catch(() => undefined) // said by `problem`
    beginning.value = false
    if (!kept.value) await end()
  }

  async function end(): Promise<void> {
    await recorder?.stop(!held.value) // a pause: the piece being recorded may hold some of it
    forgetTokens()
  }

  /** Of sources of which nothing is left here, but not of the one that is recorded now. */
  function forgetTokens(): void {
    const used = new Set(list.all().map((one) => one.source))
    if (sending() && seen.granted.value) used.add(seen.granted.value.source)
    for (const { source } of keyring.all()) if (!used.has(source)) keyring.forget(source)
  }

  watch(kept, (now, before) => {
    if (!now) void end()
    else if (before && recorder?.running) void recorder.swap(now).catch(() => undefined)
    else void begin()
  })
  watch(seen.granted, (now) => now && store && keyring.add({ source: now.source, token: now.token }))
  // what a break left can be handed over at once
  const broken = ref(false)
  watch(seen.state, (now) => {
    if (now === 'live' && broken.value) void recorder?.rotate().catch(() => undefined)
    if (now === 'retrying') broken.value = true
    else if (now !== 'connecting') broken.value = false
  })
  // full, or failed, at the beginning: tried again for as long as it should be kept
  const timer = window.setInterval(() => {
    if (kept.value && !recorder?.running) void begin()
    if (!list.all().length) void handOver.measure()
  }, PART_MS)

  function networkBack(): void {
    handOver.look()
  }
  window.addEventListener('online', networkBack)
  onScopeDispose(() => {
    window.clearInterval(timer)
    window.removeEventListener('online', networkBack)
    void Promise.resolve(recorder?.stop()).finally(() => {
      lock.leave()
      files?.end?.()
    })
  })

  const receipt = computed(() => (filed.value >= 0 ? receipts.of(seen.session.value) : null))
  /** What is said now is kept here alone. */
  const alone = computed(() => broken.value && kept.value !== null && running.value && problem.value === null)
  /** Why nothing is written; another page that took the parts over, too. */
  const unwritten = computed(() => problem.value ?? (broken.value && kept.value && !running.value && !beginning.value ? 'storage_failed' : null))
  const standing = computed(() =>
    copyStanding({
      able,
      camera: seen.stream.value !== null,
      keeping: kept.value !== null,
      paused: held.value,
      problem: unwritten.value,
      broken: broken.value,
      left_bytes: handOver.left.value,
      owed: handOver.owed.value,
      trouble: handOver.problem.value,
      receipt: receipt.value !== null,
    }),
  )
  const left = computed(() => leftUs(handOver.left.value))
  const here = computed(() => keptUs(handOver.parts.value.filter((one) => one.state !== 'refused')))
  return { standing, alone, receipt, left, here, owed: handOver.owed, parts: handOver.parts, read: handOver.read, discard: handOver.discard }
}

export type LocalCopy = ReturnType<typeof useLocalCopy>
