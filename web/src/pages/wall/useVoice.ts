/**
 * The manager's end of voice lines, called or taken here. Nothing is taken from the microphone before the other end has
 * taken the line; then it is open but silent, and heard only while `talk` is on. One microphone, so
 * one line of one's own at a time; what is heard of the room is the wall's business.
 */

import { computed, onScopeDispose, ref, watch } from 'vue'
import { me } from '@/api/account'
import { ApiError, at, post } from '@/api/client'
import type { PublishGrant } from '@/api/types'
import { useWords } from '@/base/words'
import type { VoiceLine } from '@/desk/protocol'
import { lineOf, speakerOf } from '@/desk/state'
import type { Desk } from '@/desk/useDesk'
import type { PublishState, WhipPublisher } from '@/media/whip'

/** The room is heard by loudspeaker here: what comes back of it is taken out. */
const SOUND: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
}
/** How long a line that is over is still told of. */
const TOLD_MS = 12_000

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function useVoice(desk: Desk) {
  const { t, errorText } = useWords()
  const state = desk.state
  /** The line this page speaks on; it stays known for some seconds when it is over. */
  const held = ref('')
  const busy = ref(false)
  /** What could not be done, and with which room or device. */
  const problem = ref<{ at: string; text: string } | null>(null)
  const sending = ref<PublishState>('idle')
  let publisher: WhipPublisher | null = null
  let told = 0

  const line = computed(() => state.lines.get(held.value))
  const mine = (one: VoiceLine): boolean => speakerOf(one) === me.value?.id
  /** A line of one's own stands somewhere: nobody is called besides. */
  const taken = computed(() => [...state.lines.values()].some((one) => one.state !== 'ended' && mine(one)))
  /** The sound is on its way, so that speaking makes sense. */
  const ready = computed(() => line.value?.state === 'open' && sending.value === 'live')

  async function act(at: string, run: () => Promise<unknown>): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try {
      await run()
    } catch (error) {
      problem.value = { at, text: errorText(error) }
    } finally {
      busy.value = false
    }
  }

  /** `to`: a device of the room. */
  function call(room: string, to = ''): Promise<void> {
    return act(to || room, async () => {
      const said = await desk.link.send({ type: 'voice.call', room, to, key: newKey() }, 'again')
      held.value = (said.lines as VoiceLine[])[0]!.id
    })
  }

  /** A device calls: one's own line from here, or declined for everybody. */
  function take(one: VoiceLine, accept: boolean): Promise<void> {
    return act(one.to || one.room, async () => {
      await desk.link.send({ type: 'voice.take', room: one.room, line: one.id, accept }, 'again')
      if (accept) held.value = one.id
    })
  }

  function hangUp(one: VoiceLine): Promise<void> {
    mute()
    return act(one.to || one.room, () => desk.link.send({ type: 'voice.end', room: one.room, line: one.id }, 'again'))
  }

  function talk(on: boolean): Promise<void> {
    const one = line.value
    if (!one) return Promise.resolve()
    if (!on) mute() // silent first, written down then; the other way round when beginning
    return act(one.to || one.room, async () => {
      await desk.link.send({ type: 'voice.talk', room: one.room, line: one.id, on }, 'again')
      if (on && line.value?.state === 'open') for (const track of publisher?.stream?.getAudioTracks() ?? []) track.enabled = true
    })
  }

  /** By the keyboard: speak or stop, on the line that is open here. */
  function toggleTalk(): void {
    if (ready.value) void talk(line.value?.talking_us === undefined)
  }

  function mute(): void {
    for (const track of publisher?.stream?.getAudioTracks() ?? []) track.enabled = false
  }

  /** The other end took it: the microphone is opened, silent, and its sound sent. */
  async function begin(one: VoiceLine): Promise<void> {
    const { WhipPublisher } = await import('@/media/whip')
    if (publisher || line.value?.id !== one.id || line.value.state !== 'open') return
    const made = new WhipPublisher(
      {
        grant: async () => {
          if (state.lines.get(one.id)?.state !== 'open') throw new ApiError(403, 'line_over')
          return post<PublishGrant>(at`/api/rooms/${one.room}/voice`, { line: one.id })
        },
        onState: (next) => (sending.value = next),
      },
      SOUND,
    )
    publisher = made
    try {
      const stream = await made.capture()
      for (const track of stream.getAudioTracks()) track.enabled = false
    } catch {
      problem.value = { at: one.to || one.room, text: t('voice.noMicrophone') }
      await desk.link.send({ type: 'voice.end', room: one.room, line: one.id, no_microphone: true }, 'again').catch(() => undefined)
      return
    }
    if (publisher !== made) return void made.stop() // over meanwhile
    await made.start()
  }

  /** `told` false: the line is over, so the recorder has hung up already. */
  function finish(told: boolean): void {
    const old = publisher
    publisher = null
    void old?.stop(told)
  }

  const now = computed(() => (held.value && state.detail ? (line.value?.state ?? 'ended') : null))
  watch(now, (is) => {
    if (is === 'open') void begin(line.value!)
    if (is !== 'ended') return
    finish(false)
    const over = held.value
    window.clearTimeout(told)
    told = window.setTimeout(() => {
      if (held.value === over) held.value = ''
    }, TOLD_MS)
  })
  onScopeDispose(() => {
    window.clearTimeout(told)
    finish(true)
  })

  /** What a tile shows: the line that stands, or one's own that has just ended. */
  function shown(room: string, to = ''): VoiceLine | undefined {
    const stands = lineOf(state, room, to)
    if (stands) return stands
    return line.value?.room === room && (line.value.to ?? '') === to ? line.value : undefined
  }

  /** Whether whoever carries a device speaks to this page now. */
  function hears(device: string): boolean {
    return line.value?.to === device && line.value.state === 'open' && line.value.replying_us !== undefined
  }

  return { held, busy, hears, problem, taken, ready, sending, call, take, hangUp, talk, toggleTalk, shown, mine }
}

export type Voice = ReturnType<typeof useVoice>
