/**
 * A signature that the centre would not take, as a file to be kept elsewhere: the handwriting dark on white as on a signed
 * copy, or nothing where there is none, what is said of it in lines below, and all of what was kept as JSON inside. It
 * proves nothing by itself: no log has it. Pure.
 */
import { PAD } from '@/pages/record/strokes'
import type { Outgoing } from './notice-signing'

const INK = '#12306b'
const LINE = 440

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** An SVG, its lines as they are given. */
export function refusedFile(one: Outgoing, lines: readonly string[]): string {
  const drawn = 'ink' in one.signing ? one.signing.ink.strokes.map(pathOf).join('') : ''
  const top = drawn ? PAD.height : 0
  const height = top + LINE * (lines.length + 1)
  const said = lines.map((line, n) => `<text x="200" y="${top + LINE * (n + 1)}">${escaped(line)}</text>`).join('')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PAD.width} ${height}">`,
    `<metadata>${escaped(JSON.stringify(one))}</metadata>`,
    `<rect width="${PAD.width}" height="${height}" fill="#fff"/>`,
    `<g stroke="${INK}" stroke-width="70" stroke-linecap="round" stroke-linejoin="round" fill="none">${drawn}</g>`,
    `<g font-family="sans-serif" font-size="260" fill="#000">${said}</g></svg>`,
  ].join('\n')
}

/** x, y, time and pressure in turn; a dot is a line of no length. */
function pathOf(stroke: readonly number[]): string {
  const at: string[] = []
  for (let n = 0; n + 3 < stroke.length; n += 4) at.push(`${stroke[n]},${stroke[n + 1]}`)
  return at.length ? `<path d="M${at.join('L')}${at.length > 1 ? '' : 'z'}"/>` : ''
}
