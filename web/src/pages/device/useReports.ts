/** Battery and position of the phone, and sending them; see `reports.ts`. */

import { onScopeDispose, ref } from 'vue'
import { ApiError } from '@/api/client'
import { serverNowUs } from '@/base/clock'
import type { Centre, Position } from './centre'
import { positionOf, Reports } from './reports'

interface Battery extends EventTarget {
  level: number
  charging: boolean
}

const LOOK_MS = 1_000

export function useReports(centre: () => Centre | null, wanted: () => boolean) {
  const reports = new Reports()
  const battery = ref<number | null>(null)
  const charging = ref(false)
  const position = ref<Position | null>(null)
  /** The person, or the phone, does not tell where it is. */
  const placeRefused = ref(false)
  let watching: number | null = null
  let sending = false

  void readBattery()

  async function readBattery(): Promise<void> {
    const asked = (navigator as { getBattery?: () => Promise<Battery> }).getBattery
    if (!asked) return
    const found = await asked.call(navigator).catch(() => null)
    if (!found) return
    const take = (): void => {
      battery.value = Math.round(found.level * 100)
      charging.value = found.charging
      reports.battery = Math.round(found.level * 100) * 1000
    }
    take()
    found.addEventListener('levelchange', take)
    found.addEventListener('chargingchange', take)
  }

  /** Asks for the position; the browser asks the person. */
  function locate(): void {
    if (watching !== null || !navigator.geolocation) return
    watching = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        placeRefused.value = false
        const at_us = serverNowUs() - Math.max(0, Date.now() - timestamp) * 1000
        position.value = positionOf({ ...numbers(coords), at_us })
        reports.position = position.value
      },
      (error) => {
        if (error.code === error.PERMISSION_DENIED) placeRefused.value = true
      },
      { enableHighAccuracy: true, maximumAge: 5_000, timeout: 30_000 },
    )
  }

  async function look(): Promise<void> {
    const to = centre()
    if (sending || !to || !wanted()) return
    const due = reports.due(serverNowUs())
    const report = due ?? reports.nextKept()
    if (!report) return
    sending = true
    if (due) reports.taken(due)
    try {
      await to.report(report)
    } catch (error) {
      // What the centre refuses for good is not sent again; everything else is kept.
      const refused = error instanceof ApiError && error.status >= 400 && error.status < 409
      if (!refused) reports.keep(report)
    } finally {
      sending = false
    }
  }

  const timer = window.setInterval(() => void look(), LOOK_MS)
  onScopeDispose(() => {
    window.clearInterval(timer)
    if (watching !== null) navigator.geolocation.clearWatch(watching)
  })

  return { battery, charging, position, placeRefused, locate }
}

function numbers(coords: GeolocationCoordinates): { latitude: number; longitude: number; accuracy: number } {
  return { latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy }
}
