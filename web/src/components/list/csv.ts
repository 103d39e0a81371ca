/**
 * Rows as CSV (RFC 4180) that opens in a spreadsheet as it is: UTF-8 with a byte order mark, CRLF,
 * every field quoted. A field that a spreadsheet would take for a formula gets an apostrophe before
 * it, so that a hostile name is text there as well; numbers stay numbers.
 */

export const BOM = '\ufeff'
const FORMULA = /^[\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20|%\t\r\n]/

/** Without what only keeps a line from breaking: nobody finds "5 min" who types a space. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2060', '')

export function csvField(value: string | number | null | undefined): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `"${value}"` : '""'
  const text = plain(value ?? '')
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}

export function toCsv(head: readonly string[], rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  return BOM + [head, ...rows].map((row) => row.map(csvField).join(',')).join('\r\n') + '\r\n'
}

/** A file name without what file systems refuse. */
export function fileName(words: string): string {
  return words.replace(/[\\/:*?"<>|\u0000-\u001f]/g, ' ').trim().slice(0, 80)
}

/** Hands text to the browser as a download. */
export function download(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName(name)
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
