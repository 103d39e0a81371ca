/**
 * One clock for all sources. Time is microseconds since the epoch; every video is steered to it: small
 * differences by its speed, large ones by a jump. While one that should play is not ready the clock stands
 * still (for a few seconds at most), so that nobody runs ahead.
 */
const NUDGE_S = 0.02, JUMP_S = 0.3, PATIENCE_MS = 4000
const SAID_AFTER_MS = 500 // shorter waiting is not said
const JOIN_US = 60e6 // a stretch without any source shorter than this is played through, a longer one is skipped

/** The stretches of time in which anything was recorded, with their place on the folded timeline. */
function foldTime(sources) {
  const spans = sources.map((one) => [one.from, one.to]).filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0])
  const islands = []
  for (const [from, to] of spans) {
    const last = islands[islands.length - 1]
    if (last && from - last.to <= JOIN_US) last.to = Math.max(last.to, to)
    else islands.push({ from, to, at: 0 })
  }
  let length = 0
  for (const one of islands) { one.at = length; length += one.to - one.from }
  return { islands, length }
}

/** Where a moment stands on the folded timeline, 0 to length. */
function folded(fold, t) {
  for (const one of fold.islands) {
    if (t < one.from) return one.at
    if (t <= one.to) return one.at + t - one.from
  }
  return fold.length
}

/** The moment at a place of the folded timeline. */
function unfolded(fold, x) {
  const last = fold.islands[fold.islands.length - 1]
  for (const one of fold.islands) if (x < one.at + one.to - one.from || one === last) return Math.min(one.to, one.from + Math.max(0, x - one.at))
  return 0
}

/** One source: its files, and the video element that plays whichever of them is due. */
class Source {
  constructor(data, session) {
    this.session = session
    this.data = data
    this.element = document.createElement('video')
    this.element.muted = true
    this.element.playsInline = true
    this.element.preload = 'auto'
    this.element.disablePictureInPicture = true
    this.file = null
    this.shift = null // seconds that the browser takes off a file's own times; null: not known yet
    this.broken = new Set()
    this.stuckSince = 0
    this.runs = data.files
      .filter((file) => /^(media|derived)\/[A-Za-z0-9_.\/-]+$/.test(file.path) && !file.path.includes('..'))
      .flatMap((file) => file.runs.map((run) => ({ ...run, file })))
      .sort((a, b) => a.start_us - b.start_us)
    const bounds = [...this.runs, ...data.bands]
    this.from = Math.min(data.start_us || Infinity, ...bounds.map((one) => one.start_us))
    this.to = Math.max(data.end_us, ...bounds.map((one) => one.end_us))
    this.element.addEventListener('loadedmetadata', () => this.measure())
    this.element.addEventListener('error', () => { if (this.file) this.broken.add(this.file.path) })
  }

  /** Chromium keeps a file's own times, Firefox begins at zero: told apart by the duration. */
  measure() {
    const first = this.file.runs[0].media_us / 1e6
    const last = this.file.runs[this.file.runs.length - 1]
    const end = (last.media_us + last.end_us - last.start_us) / 1e6
    const { duration } = this.element
    const rebased = Number.isFinite(duration) && Math.abs(duration - (end - first)) < Math.abs(duration - end)
    this.shift = rebased && first > 0 ? first : 0
  }

  /** The stretch of a file that covers a moment. */
  runAt(t) {
    return this.runs.find((run) => run.start_us <= t && t < run.end_us) ?? null
  }

  /** Where the element should be at a moment, in its own seconds; null when nothing is due or known. */
  wanted(t) {
    const run = this.runAt(t)
    if (!run || run.file !== this.file || this.shift === null) return null
    return (run.media_us + t - run.start_us) / 1e6 - this.shift
  }

  /** Whether it should play now and cannot. */
  waits(t) {
    const run = this.runAt(t)
    if (!run || this.broken.has(run.file.path)) return false
    return run.file !== this.file || this.shift === null || this.element.seeking || this.element.readyState < 3
  }

  /** Bring the element to the clock. */
  follow(t, playing, rate) {
    const run = this.runAt(t)
    const { element } = this
    if (!run || this.broken.has(run.file.path)) {
      if (!element.paused) element.pause()
      return
    }
    if (run.file !== this.file) {
      this.file = run.file
      this.shift = null
      element.src = run.file.path.split('/').map(encodeURIComponent).join('/')
      return
    }
    const wanted = this.wanted(t)
    if (wanted === null || element.seeking) return
    const ahead = element.currentTime - wanted
    if (Math.abs(ahead) > (playing ? JUMP_S * Math.max(1, rate) : 0.04)) {
      element.currentTime = wanted
    } else if (playing) {
      const nudge = Math.abs(ahead) > NUDGE_S ? Math.max(-0.15, Math.min(0.15, ahead)) : 0
      const speed = rate * (1 - nudge)
      if (Math.abs(element.playbackRate - speed) > 0.004) element.playbackRate = speed
    }
    if (playing && element.paused) element.play().catch(() => {})
    if (!playing && !element.paused) element.pause()
  }
}

/** The clock itself. */
class Clock {
  constructor(sources) {
    this.sources = sources
    this.fold = foldTime(sources)
    this.from = this.fold.islands[0]?.from ?? 0
    this.to = this.fold.islands[this.fold.islands.length - 1]?.to ?? 0
    this.t = this.from
    this.playing = false
    this.waiting = false
    this.waitingSince = 0
    this.rate = 1
    this.last = performance.now()
  }

  /** One step; called for every picture of the screen. */
  step(now) {
    const passed = Math.min(1000, Math.max(0, now - this.last))
    this.last = now
    const waited = this.waiting
    this.waiting = this.playing && this.sources.some((one) => this.holds(one, now))
    if (!waited) this.waitingSince = now
    if (this.playing && !this.waiting) this.t = this.next(passed * 1000 * this.rate)
    if (this.t >= this.to) this.playing = false
    for (const one of this.sources) one.follow(this.t, this.playing && !this.waiting, this.rate)
  }

  /** Waiting long enough to say so: a picture that is late by a moment is nothing to read. */
  get isStuck() {
    return this.waiting && this.last - this.waitingSince > SAID_AFTER_MS
  }

  holds(one, now) {
    if (!one.waits(this.t)) { one.stuckSince = 0; return false }
    one.stuckSince ||= now
    return now - one.stuckSince < PATIENCE_MS
  }

  /** The moment after so much time; stretches without any source are passed over. */
  next(passed) {
    const t = this.t + passed
    for (const one of this.fold.islands) {
      if (t < one.from) return one.from
      if (t <= one.to) return t
    }
    return this.to
  }

  jump(t) {
    this.t = Math.max(this.from, Math.min(this.to, t))
    for (const one of this.sources) one.stuckSince = 0
  }
}
