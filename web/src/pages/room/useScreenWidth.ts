/** The width of this device's screen in millimetres, told once and kept here. */
import { ref } from 'vue'
import { screenWidthOk } from './prompt-size'

const KEY = 'duizhi.screen-mm'
const stored = Number(localStorage.getItem(KEY))
const width = ref<number | null>(screenWidthOk(stored) ? stored : null)

export function useScreenWidth() {
  const tell = (mm: number | null): void => {
    width.value = mm !== null && screenWidthOk(mm) ? Math.round(mm) : null
    if (width.value === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, String(width.value))
  }
  return { width, tell }
}
