/** What this tablet's own microphone and camera give: loudness and brightness, measured here. */

import { onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'
import type { Track } from '@/desk/protocol'

const EVERY_MS = 200
const WIDTH = 16
const HEIGHT = 9

export function useOwnMedia(stream: Ref<MediaStream | null>) {
  /** dBFS right now, and the loudest since the stream began; null: nothing is measured. */
  const db = ref<number | null>(null)
  const loudest = ref<number | null>(null)
  /** Average brightness, 0 to 255. */
  const luma = ref<number | null>(null)
  /** Tracks that have ended or that their device feeds no more: unplugged, or taken by something else. */
  const lost = ref<Track[]>([])
  let stop = (): void => undefined

  watch(
    stream,
    (now) => {
      stop()
      db.value = loudest.value = luma.value = null
      lost.value = []
      stop = now ? measure(now) : () => undefined
    },
    { immediate: true },
  )
  onScopeDispose(() => stop())

  function measure(now: MediaStream): () => void {
    const ear = earOf(now)
    const eye = eyeOf(now)
    const timer = window.setInterval(() => {
      if (ear) {
        db.value = ear.level()
        loudest.value = Math.max(loudest.value ?? -100, db.value)
      }
      luma.value = eye?.level() ?? luma.value
      const gone = now.getTracks().filter((one) => one.readyState === 'ended' || one.muted)
      if (gone.length !== lost.value.length) lost.value = gone.map((one) => one.kind as Track)
    }, EVERY_MS)
    return () => {
      window.clearInterval(timer)
      ear?.close()
      eye?.close()
    }
  }
  return { db, loudest, luma, lost }
}

function earOf(stream: MediaStream): { level: () => number; close: () => void } | null {
  if (!stream.getAudioTracks().length) return null
  const context = new AudioContext()
  void context.resume()
  const analyser = context.createAnalyser()
  analyser.fftSize = 2048
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    level() {
      analyser.getFloatTimeDomainData(samples)
      const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length
      return Math.max(-100, 10 * Math.log10(power || 1e-10))
    },
    close: () => void context.close(),
  }
}

function eyeOf(stream: MediaStream): { level: () => number | null; close: () => void } | null {
  if (!stream.getVideoTracks().length) return null
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = stream
  void video.play().catch(() => undefined)
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return {
    level() {
      if (!context || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null
      context.drawImage(video, 0, 0, WIDTH, HEIGHT)
      const { data } = context.getImageData(0, 0, WIDTH, HEIGHT)
      let sum = 0
      for (let i = 0; i < data.length; i += 4) sum += 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!
      return sum / (WIDTH * HEIGHT)
    },
    close() {
      video.srcObject = null
    },
  }
}
