/** Rows into a file, and what is said of it: how far it is, what came of it, what went wrong. */

import { ref } from 'vue'
import { calendarDate } from '@/base/time'
import { useWords } from '@/base/words'
import { exportedIn } from './cells'
import { download, toCsv } from './csv'
import type { Column } from './list'

export interface Exported<T> {
  rows: readonly T[]
  /** How many there are, when the file could not hold them all. */
  of: number
}
/** Brings every row and tells how far it is; null: it was left. */
export type Everything<T> = (told: (rows: number, of: number) => boolean) => Promise<Exported<T> | null>
export interface Said {
  tone: 'busy' | 'done' | 'some' | 'failed'
  words: string
}

export function useExport<T>(label: () => string, columns: () => readonly Column<T>[], everything: Everything<T>) {
  const { t, locale, errorText } = useWords()
  const exporting = ref(false)
  const said = ref<Said | null>(null)
  const say = (tone: Said['tone'], words: string): void => void (said.value = { tone, words })

  function write(rows: readonly T[]): void {
    const drawn = columns()
    const cells = rows.map((row) => drawn.map((one) => exportedIn(row, one, locale.value)))
    download(`${label()} ${calendarDate(Date.now() * 1000, 'zh')}.csv`, toCsv(drawn.map((one) => one.title), cells))
  }

  /** Begins; pressed again while it runs, leaves it. */
  async function press(): Promise<void> {
    if (exporting.value) {
      exporting.value = false
      return
    }
    exporting.value = true
    try {
      const found = await everything((n, of) => {
        say('busy', t('list.exporting', { n, of }))
        return exporting.value
      })
      if (!found) return say('some', t('list.exportLeft'))
      write(found.rows)
      if (found.rows.length < found.of) say('some', t('list.exportedSome', { n: found.rows.length, of: found.of }))
      else say('done', t('list.exported', { n: found.rows.length }))
    } catch (problem) {
      say('failed', t('list.exportFailed', { why: errorText(problem) }))
    } finally {
      exporting.value = false
    }
  }

  return { exporting, said, press, dismiss: () => void (said.value = null) }
}
