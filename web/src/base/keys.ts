/** Page-wide shortcuts. They rest while somebody types, while a dialog is open, and with modifiers. */

import { onScopeDispose } from 'vue'

export type KeyMap = Record<string, (event: KeyboardEvent) => void>

const TYPING = 'input, textarea, select, [contenteditable="true"]'
/** What the same keys give while a Chinese input method is on. */
const FULL_WIDTH: Record<string, string> = { '？': '?', '／': '/', '、': '/', '　': ' ' }
const PRESSABLE = 'button, a, summary, [role="button"], [role="menuitem"]'

/** Keys by `event.key` in lower case; `digit` takes 1..9. */
export function useKeys(keys: KeyMap): void {
  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    const target = event.target instanceof Element ? event.target : document.body
    if (target.closest(TYPING) || document.querySelector('.el-overlay-dialog')?.checkVisibility()) return
    if (event.key === ' ' && target.closest(PRESSABLE)) return
    const key = /^[1-9]$/.test(event.key) ? 'digit' : (FULL_WIDTH[event.key] ?? event.key.toLowerCase())
    const run = keys[key]
    if (!run) return
    event.preventDefault()
    run(event)
  }
  window.addEventListener('keydown', pressed)
  onScopeDispose(() => window.removeEventListener('keydown', pressed))
}
