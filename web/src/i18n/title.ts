/** What the browser's tab says, in the language the page is read in: it follows when that changes. */

import { watch } from 'vue'
import { i18n } from '@/i18n'

const own = (): string => i18n.global.t('app.name')
let said = own
/** What stands before it for a while. */
let first = (): string => ''

function say(): void {
  document.title = first() + said()
}

/** From now on the tab says this. */
export function entitle(words: () => string): void {
  said = words
  say()
}

/** What is to be noticed now stands first; nothing: as before. */
export function precede(words: () => string): void {
  first = words
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
