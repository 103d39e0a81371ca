/** Leaflet, held at arm's length: one map with devices, their circles and tracks, and rooms. */

import L from 'leaflet'
import 'leaflet/dist/leaflet.css'
import { putLabels } from '@/base/labels'
import type { Box } from '@/base/labels'
import { lineName, linesBetween, stepFor } from './graticule'
import type { CaseMap, LatLon, Placed } from './places'

const MAX_ZOOM = 21
/** As close as is gone by itself. */
const NEAR_ZOOM = 18
/** As large as a finger or a tremor needs, around the dot. */
const TARGET_PX = 28
const LINE_PX = { lat: 70, lon: 120 }

export interface Fixed {
  name: string
  at: LatLon
}

/** A device as it is drawn: what stands under its name, and all of it in one sentence. */
export interface Spot extends Placed {
  fact: string
  sentence: string
  alarm: 'danger' | 'warning' | null
  focused: boolean
}

interface Drawn {
  marker: L.Marker
  circle: L.Circle
  line: L.Polyline
  label: HTMLElement
  lead: HTMLElement
}

export class Chart {
  private readonly map: L.Map
  private readonly drawn = new Map<string, Drawn>()
  private readonly rooms = L.layerGroup()
  private fixed: Pick<Drawn, 'marker' | 'label' | 'lead'>[] = []
  private readonly grid = L.layerGroup()
  private readonly bare: boolean
  private readonly size: ResizeObserver
  /** Somebody chose what to look at; it is left alone until they ask for everything again. */
  private held = false

  constructor(
    element: HTMLElement,
    ground: CaseMap,
    private readonly chosen: (id: string) => void,
    private readonly moved: (held: boolean) => void,
  ) {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    // where tiles stand one under the other, wheel and finger belong to the page
    const narrow = matchMedia('(max-width: 1100px)').matches
    this.bare = !ground.tiles
    this.map = L.map(element, {
      attributionControl: ground.attribution !== '',
      zoomControl: false,
      zoomAnimation: !still,
      markerZoomAnimation: !still,
      fadeAnimation: false,
      scrollWheelZoom: !narrow,
      dragging: !narrow,
      maxZoom: MAX_ZOOM,
      center: [35, 105],
      zoom: 4,
    })
    if (ground.attribution) {
      const words = document.createElement('span')
      words.textContent = ground.attribution
      this.map.attributionControl.setPrefix(false).addAttribution(words.innerHTML)
    }
    if (ground.tiles) L.tileLayer(ground.tiles, { maxNativeZoom: ground.max_zoom, maxZoom: MAX_ZOOM }).addTo(this.map)
    else this.grid.addTo(this.map)
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(this.map)
    this.rooms.addTo(this.map)
    this.map.on('moveend', () => this.settle())
    this.map.on('dragstart', () => this.hold())
    for (const kind of ['wheel', 'dblclick', 'keydown'] as const) element.addEventListener(kind, (event) => this.byHand(event), { passive: true })
    this.size = new ResizeObserver(() => {
      this.map.invalidateSize({ animate: false })
      if (!this.held) this.fit()
      this.settle()
    })
    this.size.observe(element)
  }

  /** The devices as they are now. */
  show(spots: readonly Spot[]): void {
    const known = new Set(spots.map((one) => one.id))
    for (const [id, old] of this.drawn) {
      if (known.has(id)) continue
      for (const layer of [old.marker, old.circle, old.line]) layer.remove()
      this.drawn.delete(id)
    }
    for (const one of spots) this.draw(one)
    if (!this.held) this.fit()
    this.arrange()
  }

  place(rooms: readonly Fixed[]): void {
    this.rooms.clearLayers()
    this.fixed = rooms.map((room) => {
      const { html, label, lead } = spotElements()
      label.textContent = room.name
      const icon = L.divIcon({ className: 'spot room', html, iconSize: [TARGET_PX, TARGET_PX] })
      return { marker: L.marker(room.at, { icon, keyboard: false, interactive: false }).addTo(this.rooms), label, lead }
    })
    if (!this.held) this.fit()
    this.arrange()
  }

  zoom(step: 1 | -1): void {
    this.hold()
    this.map.zoomIn(step)
  }

  /** Everything into view, and on from there. */
  all(): void {
    this.held = false
    this.moved(false)
    this.fit()
  }

  end(): void {
    this.size.disconnect()
    this.map.remove()
  }

  private hold(): void {
    this.held = true
    this.moved(true)
  }

  private byHand(event: Event): void {
    if (event instanceof WheelEvent && !this.map.options.scrollWheelZoom) return
    if (event instanceof KeyboardEvent && !/^Arrow|^[-+=]$/.test(event.key)) return
    this.hold()
  }

  private fit(): void {
    const at = [...this.drawn.values()].map((one) => one.marker.getLatLng())
    this.rooms.eachLayer((one) => at.push((one as L.Marker).getLatLng()))
    if (!at.length || !this.map.getSize().x) return
    const bounds = L.latLngBounds(at)
    const now = this.map.getBounds()
    const small = this.map.getBoundsZoom(bounds) > this.map.getZoom() + 2 && this.map.getZoom() < NEAR_ZOOM
    if (!small && now.pad(-0.1).contains(bounds)) return // not at every step of somebody who walks
    this.map.fitBounds(bounds, { maxZoom: NEAR_ZOOM, padding: [48, 40], animate: false })
  }

  private draw(one: Spot): void {
    let drawn = this.drawn.get(one.id)
    if (!drawn) {
      drawn = this.made(one)
      this.drawn.set(one.id, drawn)
    }
    drawn.marker.setLatLng(one.at)
    drawn.circle.setLatLng(one.at).setRadius(one.metres)
    drawn.line.setLatLngs(one.track)
    drawn.marker.setZIndexOffset(one.alarm ? 2000 : one.focused ? 1000 : 0)
    const [name, fact] = drawn.label.children as unknown as [HTMLElement, HTMLElement]
    if (name.textContent !== one.name) name.textContent = one.name
    if (fact.textContent !== one.fact) fact.textContent = one.fact
    const element = drawn.marker.getElement()
    if (element) {
      element.title = one.sentence // its name is what it shows
      element.dataset.testid = `map-${one.id}`
      element.dataset.stale = String(one.stale)
      element.classList.toggle('stale', one.stale)
      element.classList.toggle('focused', one.focused)
      for (const level of ['danger', 'warning']) element.classList.toggle(level, one.alarm === level)
    }
    for (const layer of [drawn.circle, drawn.line]) layer.getElement()?.classList.toggle('stale', one.stale)
  }

  private made(one: Spot): Drawn {
    const { html, label, lead } = spotElements()
    label.append(document.createElement('b'), document.createElement('small'))
    const marker = L.marker(one.at, { icon: L.divIcon({ className: 'spot', html, iconSize: [TARGET_PX, TARGET_PX] }), keyboard: true })
    marker.on('click', () => this.chosen(one.id))
    marker.on('keypress', (event) => {
      if (event.originalEvent.key === 'Enter' || event.originalEvent.key === ' ') this.chosen(one.id)
    })
    const line = L.polyline([], { className: 'track', interactive: false })
    const circle = L.circle(one.at, { radius: one.metres, className: 'about', interactive: false })
    for (const layer of [line, circle, marker]) layer.addTo(this.map)
    return { marker, circle, line, label, lead }
  }

  /** Names beside their dots, once the map stands still: devices first, rooms where those leave room. */
  private arrange(): void {
    const all: Pick<Drawn, 'marker' | 'label' | 'lead'>[] = [...this.drawn.values(), ...this.fixed]
    const { x: w, y: h } = this.map.getSize()
    const dots = all.map(({ marker, label }) => {
      const { x, y } = this.map.latLngToContainerPoint(marker.getLatLng())
      return { x, y, w: label.offsetWidth, h: label.offsetHeight }
    })
    putLabels(dots, { w, h, keep: this.kept(w, h) }).forEach(({ left, top, from }, i) => {
      const { label, lead } = all[i]!
      const { x, y } = dots[i]!
      label.style.transform = `translate(${Math.round(left - x)}px, ${Math.round(top - y)}px)`
      lead.hidden = from === null
      if (!from) return
      lead.style.width = `${Math.hypot(from.x - x, from.y - y)}px`
      lead.style.transform = `rotate(${Math.atan2(from.y - y, from.x - x)}rad)`
    })
  }

  /** Where the scale and the arrow to the north stand. */
  private kept(w: number, h: number): Box[] {
    const scale = this.map.getContainer().querySelector<HTMLElement>('.leaflet-control-scale')
    return [
      { left: 0, top: h - 34, right: (scale?.offsetWidth ?? 120) + 14, bottom: h },
      { left: w - 30, top: 0, right: w, bottom: 42 },
    ]
  }

  private settle(): void {
    this.arrange()
    if (!this.bare) return
    this.grid.clearLayers()
    const size = this.map.getSize()
    const seen = this.map.getBounds()
    if (!size.x || !size.y) return
    const around = seen.pad(0.5)
    const [south, north] = [Math.max(-85, around.getSouth()), Math.min(85, around.getNorth())]
    const lonStep = stepFor((seen.getEast() - seen.getWest()) / size.x, LINE_PX.lon)
    const latStep = stepFor((seen.getNorth() - seen.getSouth()) / size.y, LINE_PX.lat)
    for (const lon of linesBetween(around.getWest(), around.getEast(), lonStep)) {
      this.line([[south, lon], [north, lon]], [seen.getNorth(), lon], lineName(lon, lonStep, 'lon'), 'lon')
    }
    for (const lat of linesBetween(south, north, latStep)) {
      this.line([[lat, around.getWest()], [lat, around.getEast()]], [lat, seen.getWest()], lineName(lat, latStep, 'lat'), 'lat')
    }
  }

  private line(way: [LatLon, LatLon], at: LatLon, name: string, axis: string): void {
    const html = document.createElement('span')
    html.textContent = name
    L.polyline(way, { className: 'line', interactive: false }).addTo(this.grid)
    L.marker(at, { icon: L.divIcon({ className: `degree ${axis}`, html, iconSize: [0, 0] }), keyboard: false, interactive: false, zIndexOffset: -5000 }).addTo(this.grid)
  }
}

/** A dot with its name, and the line between them where the name has to stand away. */
function spotElements(): { html: HTMLElement; label: HTMLElement; lead: HTMLElement } {
  const html = document.createElement('span')
  const label = document.createElement('span')
  const lead = document.createElement('em')
  label.className = 'label'
  lead.hidden = true
  html.append(lead, document.createElement('i'), label)
  return { html, label, lead }
}
