/**
 * The recorded sound of one sentence: 0.2 s before it to 0.3 s after it, one sentence at a time in
 * the whole page. While it sounds, live pictures are silent (`LivePicture` asks `sounding`). What was
 * said a moment ago may stand in a segment that is still open: it is waited for, up to 3 s.
 */
import { readonly, ref } from 'vue'
import { nowUs } from '@/base/clock'
import { RecordedPlayer } from './recorded-player'

export interface Sentence {
  id: string
  session: string
  source: string
  start_us: number
  end_us: number
}

const BEFORE_US = 200_000
const AFTER_US = 300_000
const WAIT_MS = 3_000
/** A segment that ended longer ago than this is on disk, or never will be. */
const RECENT_US = 15_000_000
const WATCH_MS = 40

const current = ref<string | null>(null)
const failure = ref<{ id: string; code: string } | null>(null)
const active = ref(false)

/** Whether a sentence is being played; live sound is off meanwhile. */
export const sounding = readonly(active)

let player: RecordedPlayer | null = null
let element: HTMLVideoElement | null = null
let timer = 0

export function stopSentence(): void {
  window.clearInterval(timer)
  player?.destroy()
  element?.remove()
  player = null
  element = null
  current.value = null
  active.value = false
}

function fail(id: string, code: string): void {
  stopSentence()
  failure.value = { id, code }
}

function begin(line: Sentence, fromUs: number): void {
  stopSentence()
  failure.value = null
  current.value = line.id
  const video = document.createElement('video')
  video.hidden = true
  video.dataset.testid = 'sentence-sound'
  document.body.append(video)
  element = video
  const recent = nowUs.value - line.end_us < RECENT_US
  const mine: RecordedPlayer = new RecordedPlayer(
    video,
    line.session,
    line.source,
    fromUs,
    (state, code) => {
      if (player !== mine) return
      if (state === 'ready' && !active.value) {
        active.value = true
        void mine.play()
      } else if (state === 'ended') stopSentence()
      else if (state === 'failed') {
        // the lead-in may lie before the recording began
        if (code === 'no_segment' && fromUs < line.start_us) begin(line, line.start_us)
        else fail(line.id, code ?? 'unexpected')
      }
    },
    recent ? WAIT_MS : 0,
  )
  player = mine
  timer = window.setInterval(() => {
    const at = mine.pictureTimeUs()
    if (at !== null && at >= line.end_us + AFTER_US) stopSentence()
  }, WATCH_MS)
}

/** Plays a sentence; the one that plays is stopped instead. */
export function toggleSentence(line: Sentence): void {
  if (current.value === line.id) stopSentence()
  else begin(line, line.start_us - BEFORE_US)
}

export function useSentenceSound() {
  return { current: readonly(current), failure: readonly(failure), toggle: toggleSentence }
}
