/** A test recording from this browser: its camera and microphone, or a picture and tone of its own. */

import { onScopeDispose, ref, shallowRef } from 'vue'
import { at, post } from '@/api/client'
import type { PublishGrant } from '@/api/types'
import { WhipPublisher } from '@/media/whip'
import type { PublishState } from '@/media/whip'

export const LEAST_MS = 8_000

/** A moving picture and a quiet tone, for a machine without camera or microphone. */
export function testStream(): { stream: MediaStream; stop: () => void } {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 360
  const pen = canvas.getContext('2d')!
  let n = 0
  const timer = window.setInterval(() => {
    n += 1
    pen.fillStyle = '#14294f'
    pen.fillRect(0, 0, 640, 360)
    pen.fillStyle = '#ffffff'
    pen.fillRect((n * 4) % 640, 0, 12, 360)
    pen.font = '48px sans-serif'
    pen.fillText(new Date().toLocaleTimeString(), 220, 196)
  }, 66)
  const sound = new AudioContext()
  const tone = sound.createOscillator()
  const loud = sound.createGain()
  const out = sound.createMediaStreamDestination()
  loud.gain.value = 0.05
  tone.connect(loud).connect(out)
  tone.start()
  const stream = new MediaStream([...canvas.captureStream(15).getTracks(), ...out.stream.getTracks()])
  return {
    stream,
    stop: () => {
      window.clearInterval(timer)
      void sound.close()
    },
  }
}

export function useTest(done: () => Promise<void>) {
  const state = ref<PublishState>('idle')
  const code = ref<string | null>(null)
  const stream = shallowRef<MediaStream | null>(null)
  let own: (() => void) | null = null
  let room = ''
  let granted: PublishGrant | null = null
  const publisher = new WhipPublisher({
    // one token for the whole test: after a drop it is the same session, or none
    grant: async () => (granted ??= await post<PublishGrant>(at`/api/set-up/test/${room}`)),
    onState(next, why) {
      state.value = next
      code.value = why
      stream.value = publisher.stream
    },
  })

  async function start(inRoom: string, how: 'camera' | 'picture'): Promise<void> {
    room = inRoom
    granted = null
    if (how === 'picture') {
      const made = testStream()
      own = made.stop
      publisher.stream = made.stream
    }
    await publisher.start().catch(() => undefined)
  }

  async function finish(session: string): Promise<void> {
    publisher.expectEnd(true)
    await post(at`/api/set-up/finish/${session}`)
    await stop()
    await done()
  }

  async function stop(): Promise<void> {
    await publisher.stop()
    own?.()
    own = null
  }
  onScopeDispose(() => void stop())
  return { state, code, stream, start, finish }
}
