/** Puts the page together. */
const data = JSON.parse(byId('duizhi-data').textContent)
const about = JSON.parse(byId('duizhi-about').textContent)
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 4]

const sources = data.sessions.flatMap((session) => session.sources.map((one) => new Source(one, session)))
const clock = new Clock(sources)
const timeline = new Timeline(byId('timeline'), clock, data.sessions)
const tiles = []
const scripts = []
const heads = []

function listen(source) {
  const heard = source !== null && source.element.muted
  for (const one of sources) one.element.muted = !(heard && one === source)
}

for (const session of data.sessions) {
  const column = make('section', 'column')
  const head = make('h2')
  heads.push([head, session])
  const pictures = make('div', 'pictures')
  for (const source of sources.filter((one) => one.session === session)) {
    const tile = new Tile(source, tiles.length + 1, listen)
    tiles.push(tile)
    pictures.append(tile.root)
  }
  const script = new Script(session, (t) => clock.jump(t))
  scripts.push([script, session])
  column.append(head, pictures, script.list)
  byId('columns').append(column)
}

/** The name of whoever has this role in the session, or the role. */
function speaker(session, role) {
  const people = session.people.filter((one) => one.role === role)
  return people.length === 1 && people[0].name ? people[0].name : named('roles', role)
}

const LEGEND = [['recorded', 'recorded'], ['late', 'late'], ['derived', 'derived'], ['gap', 'gap'], ['pause', 'pausing'], ['withheld', 'withheld']]

function speak() {
  document.documentElement.lang = locale
  const number = about.number || data.sessions[0]?.case_number || ''
  byId('case-name').textContent = (locale === 'en' && about.name_en) || about.name || word('title')
  byId('case-number').textContent = number
  document.title = [word('title'), number].filter(Boolean).join(' · ')
  byId('note-lead').textContent = word('lead')
  byId('note-text').textContent = word('note')
  byId('language').textContent = word('language')
  byId('back').textContent = '−5'
  byId('forward').textContent = '+5'
  byId('back').title = word('back')
  byId('forward').title = word('forward')
  byId('speed-word').textContent = word('speed')
  byId('keys').textContent = word('keys')
  byId('help-title').textContent = word('keys')
  byId('help-close').textContent = word('close')
  byId('help-list').replaceChildren(...word('help').flatMap(([key, what]) => [make('dt', '', key), make('dd', '', what)]))
  const shown = LEGEND.filter(([kind]) => byId('timeline').querySelector(`.rail .${kind}`))
  byId('legend').replaceChildren(
    ...shown.map(([kind, key]) => { const item = make('li'); const rail = make('span', 'rail'); rail.append(make('i', kind)); item.append(rail, word(key)); return item }),
    make('li', '', word('machine')),
  )
  for (const [head, session] of heads) {
    const people = session.people.map((one) => `${named('roles', one.role)} ${one.name}`).join(word('comma'))
    head.replaceChildren(make('span', '', session.room), make('span', 'dim', people))
  }
  for (const [script, session] of scripts) script.words((role) => speaker(session, role))
  timeline.words()
  paintTheme()
  drawn = null
}

function paintTheme() {
  const dark = document.documentElement.dataset.theme === 'dark'
  byId('theme').textContent = word(dark ? 'light' : 'dark')
  byId('theme').setAttribute('aria-pressed', String(dark))
}

let drawn = null
function draw() {
  const state = `${Math.floor(clock.t / 1e5)} ${clock.playing} ${clock.isStuck} ${sources.map((one) => `${one.element.muted}${one.broken.size}`).join()}`
  timeline.draw(clock.t)
  for (const [script] of scripts) script.draw(clock.t, clock.playing)
  if (state === drawn) return
  drawn = state
  byId('clock').textContent = clockWords(clock.t)
  byId('date').textContent = `${dateWords(clock.t)} UTC+08:00`
  byId('play').textContent = clock.playing ? '❚❚' : '▶'
  byId('play').setAttribute('aria-label', word(clock.playing ? 'pause' : 'play'))
  byId('state').textContent = clock.isStuck ? word('waiting') : clock.t >= clock.to && clock.to ? word('ended') : ''
  for (const tile of tiles) tile.draw(clock.t)
}

function toggle() {
  if (!clock.playing && clock.t >= clock.to) clock.jump(clock.from)
  clock.playing = !clock.playing
}

function faster(step) {
  const at = SPEEDS.indexOf(clock.rate) + step
  if (at >= 0 && at < SPEEDS.length) { clock.rate = SPEEDS[at]; byId('speed').value = String(clock.rate) }
}

const move = (seconds) => clock.jump(unfolded(clock.fold, folded(clock.fold, clock.t) + seconds * 1e6))
const KEYS = {
  ' ': toggle, k: toggle,
  ArrowLeft: (event) => move(event.shiftKey ? -1 : -5), ArrowRight: (event) => move(event.shiftKey ? 1 : 5),
  ArrowUp: () => faster(1), ArrowDown: () => faster(-1),
  Home: () => clock.jump(clock.from), End: () => clock.jump(clock.to), 0: () => listen(null),
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open || event.target.tagName === 'SELECT') return
  const numbered = /^[1-9]$/.test(event.key) ? sources[Number(event.key) - 1] : null
  const act = numbered ? () => listen(numbered) : Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null
  if (!act) return
  event.preventDefault()
  act(event)
})
// a button that was clicked must not take the space bar for itself
document.addEventListener('keyup', (event) => { if (event.key === ' ' && event.target.tagName === 'BUTTON' && !byId('help').open) event.preventDefault() })

byId('play').addEventListener('click', toggle)
byId('back').addEventListener('click', () => move(-5))
byId('forward').addEventListener('click', () => move(5))
byId('keys').addEventListener('click', () => byId('help').showModal())
for (const speed of SPEEDS) { const option = make('option', '', `${speed}×`); option.value = String(speed); byId('speed').append(option) }
byId('speed').value = '1'
byId('speed').addEventListener('change', () => { clock.rate = Number(byId('speed').value); byId('speed').blur() })
let dragging = false
byId('timeline').addEventListener('pointerdown', (event) => { dragging = true; clock.jump(timeline.momentAt(event.clientX)) })
addEventListener('pointermove', (event) => { if (dragging) clock.jump(timeline.momentAt(event.clientX)) })
addEventListener('pointerup', () => { dragging = false })
byId('language').addEventListener('click', () => { locale = locale === 'en' ? 'zh-CN' : 'en'; speak() })
byId('theme').addEventListener('click', () => {
  const root = document.documentElement
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark'
  paintTheme()
})
document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'

speak()
function frame(now) { clock.step(now); draw(); requestAnimationFrame(frame) }
requestAnimationFrame(frame)

/** For tests: where everybody is. */
window.duizhiPlayer = {
  clock,
  state: () => ({
    t: clock.t, playing: clock.playing, waiting: clock.waiting,
    sources: sources.map((one) => {
      const wanted = one.wanted(clock.t)
      return { source: one.data.source, ahead_s: wanted === null ? null : one.element.currentTime - wanted, shift: one.shift, broken: [...one.broken] }
    }),
  }),
}
