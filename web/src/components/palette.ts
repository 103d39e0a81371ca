/** What the palette offers for some words: pure, `CommandPalette.vue` draws it. */

import type { IconName } from './AppIcon.vue'

export interface Command {
  id: string
  group: 'search' | 'cases' | 'areas' | 'page' | 'settings'
  words: string
  /** Further words that find it. */
  also?: string
  note?: string
  icon: IconName
  run: () => void
}

export const SHOWN_MAX = 12
const plain = (text: string): string => text.normalize('NFKC').toLowerCase()

/** The commands that hold every word, those that begin with the words first. */
export function matching(commands: readonly Command[], words: string): Command[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean)
  const found = commands.filter((one) => {
    const all = plain(`${one.words} ${one.also ?? ''} ${one.note ?? ''}`)
    return wanted.every((word) => all.includes(word))
  })
  const begins = (one: Command): boolean => wanted.length > 0 && plain(one.words).startsWith(wanted[0]!)
  return [...found.filter(begins), ...found.filter((one) => !begins(one))].slice(0, SHOWN_MAX)
}
