/** Drawing the page. Everything that comes from the log is set as text, never as markup. */
const CHINA_MS = 8 * 3600 * 1000 // times of day are in UTC+08:00, as in the transcripts
const two = (n) => String(n).padStart(2, '0')
const chinaDate = (t) => new Date(t / 1000 + CHINA_MS)
const clockWords = (t) => { const d = chinaDate(t); return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}` }
const dateWords = (t) => { const d = chinaDate(t); return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}` }
const byId = (id) => document.getElementById(id)

/** A new element with a class and text. */
function make(tag, className = '', text = '') {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

/** What covers a picture at a moment: [lead, detail], or null when the picture is to be seen. */
function coverOf(source, t) {
  const run = source.runAt(t)
  if (run) {
    if (source.broken.has(run.file.path)) return [word('missing'), '']
    return run.file.picture ? null : [word('only'), '']
  }
  const band = source.data.bands.find((one) => one.track === 'all' && one.start_us <= t && t < one.end_us)
  if (band) return [word({ gap: 'gap', pause: 'pausing', withheld: 'withheld' }[band.kind] ?? 'none'), named('causes', band.cause)]
  if (t < source.from) return [word('before'), clockWords(source.from)]
  return [word(t >= source.to ? 'after' : 'none'), '']
}

/** One picture with its name and its sound. */
class Tile {
  constructor(source, number, listen) {
    this.source = source
    this.root = make('div', 'tile')
    this.root.dataset.source = source.data.source
    const frame = make('div', 'frame')
    this.cover = make('div', 'cover')
    this.lead = make('b')
    this.detail = make('span')
    this.cover.append(this.lead, this.detail)
    this.late = make('span', 'late')
    frame.append(source.element, this.cover, this.late)
    const footer = make('footer')
    this.name = make('span', '', source.data.name || source.session.room)
    this.name.title = this.name.textContent
    this.hear = make('button', 'btn hear')
    this.hear.type = 'button'
    this.hear.addEventListener('click', () => listen(source))
    footer.append(make('kbd', '', String(number)), this.name, this.hear)
    this.root.append(frame, footer)
  }

  draw(t) {
    const cover = coverOf(this.source, t)
    this.cover.hidden = cover === null
    if (cover) { this.lead.textContent = cover[0]; this.detail.textContent = cover[1] }
    this.cover.classList.toggle('only-sound', Boolean(this.source.runAt(t)))
    const derived = this.source.data.kind === 'derived'
    this.late.hidden = !derived && !this.source.runAt(t)?.file.late
    this.late.textContent = word(derived ? 'derived' : 'late')
    const heard = !this.source.element.muted
    this.hear.setAttribute('aria-pressed', String(heard))
    this.hear.textContent = word(heard ? 'hearing' : 'hear')
  }
}

/** Words and marks of one session, in the order of time. */
class Script {
  constructor(session, jump) {
    this.list = make('ol', 'script')
    this.rows = []
    const items = [
      ...session.lines.map((line) => ({ t: line.start_us, end: line.end_us, line })),
      ...session.marks.map((mark) => ({ t: mark.t_us, end: mark.t_us, mark })),
    ].sort((a, b) => a.t - b.t)
    for (const item of items) {
      const row = make('li', item.mark ? 'mark' : item.line.speaker === 'interviewer' ? 'asked' : '')
      const button = make('button')
      button.type = 'button'
      const said = make('span')
      const who = make('span', 'who')
      const text = make('span', 'tx')
      said.append(who, text)
      button.append(make('span', 't', clockWords(item.t)), said)
      button.addEventListener('click', () => jump(item.t))
      row.append(button)
      this.list.append(row)
      this.rows.push({ ...item, row, who, text })
    }
    this.none = make('li', 'none')
    if (!items.length) this.list.append(this.none)
    this.current = null
  }

  words(people) {
    this.none.textContent = word('noWords')
    for (const { line, mark, who, text } of this.rows) {
      if (line) {
        who.textContent = people(line.speaker)
        text.textContent = line.text || `（${word('withheld')}）`
      } else {
        const steps = mark.steps.map((one) => `${named('steps', one.step)} ${clockWords(one.t_us)}`)
        who.textContent = [named('marks', mark.kind), mark.by].filter(Boolean).join(' · ')
        text.textContent = [mark.text, steps.join(word('comma'))].filter(Boolean).join('  ')
      }
    }
  }

  /** Light the last row that has begun, and keep it in sight while time runs. */
  draw(t, follow) {
    let current = null
    for (const one of this.rows) { if (one.t > t) break; current = one }
    if (current === this.current) return
    this.current?.row.classList.remove('current')
    current?.row.classList.add('current')
    this.current = current
    if (current && follow) {
      const { row } = current
      const top = row.offsetTop - this.list.offsetTop
      if (top < this.list.scrollTop || top > this.list.scrollTop + this.list.clientHeight - 48) this.list.scrollTop = top - this.list.clientHeight / 2
    }
  }
}

/** The strips of all sources on one ruler. */
class Timeline {
  constructor(root, clock, sessions) {
    this.root = root
    this.clock = clock
    this.place = (t) => (clock.fold.length ? (100 * folded(clock.fold, t)) / clock.fold.length : 0)
    const ruler = this.line('ruler', '')
    const ends = [[clock.from, 'first'], [clock.to, 'last']]
    for (const [t, side] of ends) {
      const label = make('span', side, clockWords(t))
      label.style.left = `${this.place(t)}%`
      ruler.append(label)
    }
    this.names = []
    this.drawMarks(sessions)
    for (const source of clock.sources) this.drawSource(source)
    const stage = make('div', 'stage')
    for (const island of clock.fold.islands.slice(1)) {
      const cut = make('i', 'cut')
      cut.style.left = `${this.place(island.from)}%`
      stage.append(cut)
    }
    this.playhead = make('i')
    this.playhead.id = 'playhead'
    stage.append(this.playhead)
    root.append(stage)
    this.stage = stage
  }

  line(className, name) {
    const track = make('div', `track ${className}`)
    const rail = make('div', 'rail')
    track.append(make('span', '', name), rail)
    this.root.append(track)
    return rail
  }

  bar(rail, kind, from, to) {
    const bar = make('i', kind)
    bar.style.left = `${this.place(from)}%`
    bar.style.width = `${this.place(to) - this.place(from)}%`
    rail.append(bar)
  }

  drawSource(source) {
    const rail = this.line('', source.data.name || source.session.room)
    const kind = (run) => (source.data.kind === 'derived' ? 'derived' : run.file.late ? 'late' : 'recorded')
    const [whole, parts] = [true, false].map((all) => source.data.bands.filter((one) => (one.track === 'all') === all))
    // what came late lies upon the gap that it fills, a gap of one track upon the other track
    for (const band of whole) this.bar(rail, band.kind, band.start_us, band.end_us)
    for (const run of source.runs) this.bar(rail, kind(run), run.start_us, run.end_us)
    for (const band of parts) this.bar(rail, `${band.kind} part`, band.start_us, band.end_us)
    this.names.push([rail.previousElementSibling, source])
  }

  drawMarks(sessions) {
    const marks = sessions.flatMap((one) => one.marks)
    this.marks = []
    if (!marks.length) return
    const rail = this.line('marks', '')
    for (const mark of marks) {
      const button = make('button')
      button.type = 'button'
      button.tabIndex = -1
      button.style.left = `${this.place(mark.t_us)}%`
      button.addEventListener('click', (event) => { event.stopPropagation(); this.clock.jump(mark.t_us) })
      rail.append(button)
      this.marks.push([button, mark])
    }
  }

  words() {
    this.root.setAttribute('aria-label', word('timeline'))
    for (const [label, source] of this.names) {
      const name = source.data.name || source.session.room
      label.textContent = source.data.kind === 'derived' ? `${word('derivedShort')} ${name}` : name
      label.title = label.textContent
    }
    for (const [button, mark] of this.marks) button.title = `${clockWords(mark.t_us)} ${named('marks', mark.kind)} ${mark.text}`
  }

  draw(t) {
    this.playhead.style.left = `${this.place(t)}%`
    this.root.setAttribute('aria-valuetext', clockWords(t))
    this.root.setAttribute('aria-valuenow', String(Math.round(this.place(t))))
  }

  /** The moment under a pointer. */
  momentAt(x) {
    const { left, width } = this.stage.getBoundingClientRect()
    return unfolded(this.clock.fold, Math.max(0, Math.min(1, (x - left) / width)) * this.clock.fold.length)
  }
}
