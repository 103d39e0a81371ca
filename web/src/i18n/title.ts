/** What the browser's tab says, in the language the page is read in: it follows when that changes. */

import { watch } from 'vue'
import { i18n } from '@/i18n'

const own = (): string => i18n.global.t('app.name')
let said = own
/** What stands before it for a while, by who says it: the first to have spoken stands first. */
const first = new Map<string, () => string>()

function say(): void {
  document.title = [...first.values()].map((words) => words()).join('') + said()
}

/** From now on the tab says this. */
export function entitle(words: () => string): void {
  said = words
  say()
}

/** What is to be noticed now stands first, what calls before what raises an alarm; nothing: as before. */
export function precede(words: () => string, of = 'calls'): void {
  first.set(of, words)
  say()
}

/** A page that says nothing of its own has the name of the whole. */
export function untitled(): void {
  entitle(own)
}

watch(
  () => i18n.global.locale.value,
  say,
)
