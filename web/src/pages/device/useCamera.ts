/** The phone's camera and microphone: which ones, the stream, how loud it is. */

import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { captureCode } from '@/media/whip'
import type { Level } from '@/desk/state'
import { nowUs } from '@/base/clock'

export type Facing = 'environment' | 'user'

const LEVEL_MS = 120
const SILENCE_DB = -100
/** Below this nothing is heard at all: a quiet place is louder. */
const DEAF_DB = -85

export function useCamera() {
  const stream = shallowRef<MediaStream | null>(null)
  const facing = ref<Facing>('environment')
  const microphone = ref('')
  const microphones = ref<{ id: string; label: string }[]>([])
  const cameras = ref(0)
  const level = ref<Level>({ rms: [SILENCE_DB], at_ms: 0 })
  /** When the microphone last gave a sound. */
  const heardUs = ref(0)
  const meter = new Meter((rms) => {
    level.value = { rms: [rms], at_ms: Date.now() }
    if (rms > DEAF_DB) heardUs.value = nowUs.value
  })

  /** The camera is let go first: most phones have one at a time. */
  async function open(): Promise<MediaStream> {
    if (!navigator.mediaDevices) throw new ApiError(0, 'insecure_origin')
    release(stream.value)
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        video: {
          facingMode: facing.value,
          width: { ideal: 1280 },
          height: { ideal: 720 },
          frameRate: { ideal: 30, max: 30 },
        },
        // The record is what was said: nothing is cleaned up before it is stored.
        audio: {
          echoCancellation: false,
          noiseSuppression: false,
          autoGainControl: false,
          ...(microphone.value ? { deviceId: { exact: microphone.value } } : {}),
        },
      })
      stream.value = opened
      meter.listen(opened)
      await lookAround()
      return opened
    } catch (error) {
      stream.value = null
      throw new ApiError(0, captureCode(error))
    }
  }

  /** Labels are told only after the first permission. */
  async function lookAround(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices()
    cameras.value = devices.filter((one) => one.kind === 'videoinput').length
    microphones.value = devices
      .filter((one) => one.kind === 'audioinput' && one.deviceId !== 'default')
      .map((one) => ({ id: one.deviceId, label: one.label }))
  }

  function close(): void {
    meter.stop()
    release(stream.value)
    stream.value = null
  }

  onScopeDispose(close)
  return { stream, facing, microphone, microphones, cameras, level, heardUs, open, close }
}

function release(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}

/** Loudness of the microphone in dBFS, a few times a second. */
class Meter {
  private context: AudioContext | null = null
  private timer = 0

  constructor(private readonly said: (rms: number) => void) {}

  listen(stream: MediaStream): void {
    this.stop()
    if (!stream.getAudioTracks().length) return
    const context = new AudioContext()
    this.context = context
    const analyser = context.createAnalyser()
    analyser.fftSize = 1024
    context.createMediaStreamSource(stream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    this.timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      let sum = 0
      for (const sample of samples) sum += sample * sample
      const rms = Math.sqrt(sum / samples.length)
      this.said(rms > 0 ? Math.max(SILENCE_DB, 20 * Math.log10(rms)) : SILENCE_DB)
    }, LEVEL_MS)
  }

  stop(): void {
    window.clearInterval(this.timer)
    void this.context?.close()
    this.context = null
  }
}
