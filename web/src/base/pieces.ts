/** A line of speech cut into pieces: plain, of low confidence, or put in from the case's terms. */

import type { Edit, Utterance } from '@/desk/protocol'

const LOW_PM = 500

export interface Piece {
  text: string
  low: boolean
  /** What was recognised where a term of the case stands now. */
  original?: string
}

type Line = Pick<Utterance, 'text' | 'words' | 'repairs'>

/** Repaired spans as they are marked; between them the words that were recognised, in order. */
export function piecesOf(line: Line): Piece[] {
  const letters = Array.from(line.text) // repairs count code points
  const pieces: Piece[] = []
  let words = line.words ?? []
  let from = 0
  for (const repair of line.repairs ?? []) {
    if (repair.from < from || repair.to > letters.length || repair.to <= repair.from) continue
    const before = letters.slice(from, repair.from).join('')
    words = lay(before, words, pieces)
    pieces.push({ text: letters.slice(repair.from, repair.to).join(''), low: false, original: repair.original })
    words = after(repair.original, words)
    from = repair.to
  }
  lay(letters.slice(from).join(''), words, pieces)
  return pieces
}

/** Pieces as they are shown: a mark goes with the piece before it, a figure where it begins. */
export function shownPieces(pieces: Piece[], edits: readonly Edit[]): Piece[] {
  const left = [...edits]
  let start = 0
  let from = 0 // what is before it is shown, or replaced
  return pieces.map((piece) => {
    const letters = Array.from(piece.text)
    const end = start + letters.length
    const cut = (to: number): string => letters.slice(Math.max(from - start, 0), Math.max(to - start, 0)).join('')
    let text = ''
    while (left.length && (left[0]!.from < end || left[0]!.to === end)) {
      const edit = left.shift()!
      text += cut(edit.from) + edit.text
      from = edit.to
    }
    text += cut(end)
    from = Math.max(from, end)
    start = end
    return { ...piece, text }
  })
}

/** Words laid over the text where they occur in order; what stands between them is plain. */
function lay(text: string, words: Line['words'], pieces: Piece[]): Line['words'] {
  let from = 0
  let plain = 0
  let used = 0
  for (const word of words) {
    const found = word.w ? text.indexOf(word.w, from) : -1
    if (found < 0) {
      if (word.w.startsWith('[')) used += 1 // an unknown word is not in the text
      else break
      continue
    }
    used += 1
    from = found + word.w.length
    if (word.c_pm >= LOW_PM) continue
    if (found > plain) pieces.push({ text: text.slice(plain, found), low: false })
    pieces.push({ text: word.w, low: true })
    plain = from
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain), low: false })
  return words.slice(used)
}

/** The words behind those that make up ``original``. */
function after(original: string, words: Line['words']): Line['words'] {
  let left = original.replace(/ /g, '')
  let used = 0
  for (const word of words) {
    if (!left) break
    if (left.startsWith(word.w)) left = left.slice(word.w.length)
    used += 1
  }
  return words.slice(used)
}
