/** A call between the centre and this device, whichever side called: taken or not, spoken on, over. */

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref, ShallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { buzz } from '@/base/buzz'
import type { Centre, DeviceCall, DeviceCallOver, DeviceState } from './centre'

/** How long an ended call is told of. */
const TOLD_MS = 8_000
const RING_MS = 2_500

export type Over = 'over' | 'missed' | 'declined' | 'own'

/** Under which words of `voice.out.ended` the end of one's own call goes. */
export function endOf(over: DeviceCallOver | null): string {
  if (!over) return 'other'
  if (over.withdrawn) return 'withdrawn'
  if (over.taken && over.why === 'hung_up') return 'taken'
  return over.why
}

export function useCall(centre: () => Centre | null, told: ShallowRef<DeviceState | null>, recording: Ref<boolean>) {
  const busy = ref(false)
  const problem = ref<string | null>(null)
  const over = ref<Over | null>(null)
  /** Why the centre could not be called. */
  const refused = ref<string | null>(null)
  const lastOwn = ref('')
  /** One's own last call, as far as its end is known. */
  const ended = computed(() => (told.value?.call_over?.id === lastOwn.value ? told.value.call_over : null))
  const declined = ref('')
  /** What a step answered: newer than what was asked for before it. */
  const stepped = shallowRef<{ call: DeviceCall | null; id: string } | null>(null)
  watch(told, (now) => {
    // read before the centre knew of the call that was just made
    const early = now && stepped.value?.call && now.now_us < stepped.value.call.called_us
    if (!early) stepped.value = null
  })

  const call = computed(() => {
    const now = told.value?.call ?? null
    return stepped.value && (!now || now.id === stepped.value.id) ? stepped.value.call : now
  })
  const ringing = computed(() => call.value?.state === 'calling' && !call.value.own)
  /** The centre rings. */
  const waiting = computed(() => call.value?.state === 'calling' && call.value.own === true)
  const talking = computed(() => call.value?.replying_us !== undefined)

  async function act(run: (centre: Centre, line: string) => Promise<DeviceCall | null>): Promise<void> {
    const here = centre()
    const one = call.value
    if (!here || !one || busy.value) return
    busy.value = true
    problem.value = null
    try {
      stepped.value = { call: await run(here, one.id), id: one.id }
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 'unexpected'
      if (code === 'line_over') stepped.value = { call: null, id: one.id }
      else problem.value = code
    } finally {
      busy.value = false
    }
  }

  let key = ''
  /** Calls the centre; after a lost answer the next press is the same call. */
  async function callCentre(): Promise<void> {
    const here = centre()
    if (!here || call.value || busy.value) return
    busy.value = true
    refused.value = null
    key ||= crypto.randomUUID()
    try {
      const made = await here.callCentre(key)
      key = ''
      stepped.value = made && { call: made, id: made.id }
    } catch (error) {
      refused.value = error instanceof ApiError ? error.code : 'unexpected'
      if (refused.value !== 'unreachable') key = ''
      window.setTimeout(() => (refused.value = null), TOLD_MS)
    } finally {
      busy.value = false
    }
  }

  function answer(accept: boolean): Promise<void> {
    if (!accept && call.value) declined.value = call.value.id
    return act((here, line) => here.answer(line, accept))
  }
  const talk = (on: boolean): Promise<void> => act((here, line) => here.talk(line, on))
  const hangUp = (): Promise<void> => act((here, line) => here.hangUp(line))
  /** What is not recorded is not heard at the centre: then nobody speaks. */
  watch(recording, (is) => {
    if (!is && talking.value) void talk(false)
  })

  let timer = 0
  watch(call, (now, before) => {
    if (now?.id === before?.id) return
    window.clearTimeout(timer)
    over.value = null
    problem.value = null
    refused.value = null
    if (now?.own) lastOwn.value = now.id
    if (now || !before) return
    over.value = before.own ? 'own' : before.state === 'open' ? 'over' : declined.value === before.id ? 'declined' : 'missed'
    timer = window.setTimeout(() => (over.value = null), TOLD_MS)
  })

  /** What becomes of one's own call is felt. */
  watch(call, (now, before) => {
    if (before?.own && before.state === 'calling' && now?.state !== 'calling') buzz(250)
  })

  /** Felt in a pocket and on a chest; no tone, the microphone is on. */
  let ring = 0
  const felt = (): unknown => buzz([400, 150, 400])
  watch(ringing, (is) => {
    window.clearInterval(ring)
    if (!is) return
    felt()
    ring = window.setInterval(felt, RING_MS)
  })
  onScopeDispose(() => {
    window.clearTimeout(timer)
    window.clearInterval(ring)
  })

  return { call, ringing, waiting, talking, over, ended, busy, problem, refused, callCentre, answer, talk, hangUp, ear: () => centre()?.ear }
}
