/** The width of this device's screen in millimetres, told once and kept here. */
import { ref } from 'vue'
import { screenWidthOk } from './prompt-size'

const KEY = 'duizhi.screen-mm'
const ASKED = 'duizhi.screen-asked'
const stored = Number(localStorage.getItem(KEY))
const width = ref<number | null>(screenWidthOk(stored) ? stored : null)
/** Somebody has said that it stays as it is usually: this device is not asked before a start again. */
const waived = ref(localStorage.getItem(ASKED) !== null)

export function useScreenWidth() {
  const tell = (mm: number | null): void => {
    width.value = mm !== null && screenWidthOk(mm) ? Math.round(mm) : null
    if (width.value === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, String(width.value))
  }
  const waive = (): void => {
    waived.value = true
    localStorage.setItem(ASKED, '1')
  }
  return { width, tell, waived, waive }
}
