import { describe, expect, it } from 'vitest'
import { answerAfterRestart, candidatesOf, fragmentOf } from '@/media/sdp-fragment'

const HOST = 'candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host'
const LOCAL = [
  'v=0',
  'a=group:BUNDLE 0 1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  `a=${HOST}`,
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuv',
  'a=mid:0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuv',
  'a=mid:1',
  '',
].join('\r\n')

describe('fragments of SDP', () => {
  it('carries credentials, the first section and candidates', () => {
    expect(fragmentOf(LOCAL, candidatesOf(LOCAL)).split('\r\n')).toEqual([
      'a=ice-ufrag:abcd',
      'a=ice-pwd:abcdefghijklmnopqrstuv',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      `a=${HOST}`,
      '',
    ])
  })

  it('replaces credentials everywhere and candidates once', () => {
    const fresh = 'candidate:2 1 udp 1 192.0.2.9 40000 typ host'
    const fragment = `a=mid:0\r\na=ice-ufrag:wxyz\r\na=ice-pwd:new\r\na=${fresh}\r\n`
    const answer = answerAfterRestart(LOCAL, fragment)
    expect(answer.match(/a=ice-ufrag:wxyz\r\n/g)).toHaveLength(2)
    expect(answer.match(/a=ice-pwd:new\r\n/g)).toHaveLength(2)
    expect(candidatesOf(answer)).toEqual([fresh])
    expect(answer).not.toContain('abcd')
    expect(answer.split('\r\n').filter((line) => line.startsWith('m='))).toHaveLength(2)
  })
})
