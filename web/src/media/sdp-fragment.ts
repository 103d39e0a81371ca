/**
 * SDP fragments (RFC 8840) as WHIP's PATCH carries them (RFC 9725, 4.3): text in, text out.
 *
 * One transport carries everything here (BUNDLE), so only the first section counts.
 */

/** Our credentials and these candidates, for trickling or for an ICE restart. */
export function fragmentOf(localSdp: string, candidates: readonly string[]): string {
  const lines = [
    `a=ice-ufrag:${valueOf(localSdp, 'ice-ufrag')}`,
    `a=ice-pwd:${valueOf(localSdp, 'ice-pwd')}`,
    /^m=.*$/m.exec(localSdp)?.[0].trim() ?? '',
    `a=mid:${valueOf(localSdp, 'mid')}`,
    ...candidates.map((candidate) => `a=${candidate}`),
  ]
  return lines.join('\r\n') + '\r\n'
}

/** The candidates a description holds, without `a=`. */
export function candidatesOf(sdp: string): string[] {
  return [...sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)].map((found) => found[1] ?? '')
}

/** The answer as it stands after an ICE restart: new credentials, only the new candidates. */
export function answerAfterRestart(answer: string, fragment: string): string {
  const fresh = candidatesOf(fragment).map((candidate) => `a=${candidate}`)
  const lines: string[] = []
  for (const line of answer.split(/\r?\n/)) {
    if (!line || /^a=(candidate:|end-of-candidates)/.test(line)) continue
    if (line.startsWith('a=ice-ufrag:')) lines.push(`a=ice-ufrag:${valueOf(fragment, 'ice-ufrag')}`)
    else if (line.startsWith('a=ice-pwd:')) {
      lines.push(`a=ice-pwd:${valueOf(fragment, 'ice-pwd')}`, ...fresh.splice(0))
    } else lines.push(line)
  }
  return lines.join('\r\n') + '\r\n'
}

function valueOf(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(\\S+)`, 'm').exec(sdp)?.[1] ?? ''
}
