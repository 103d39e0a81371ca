/**
 * One connection's address at the recorder (RFC 9725): the offer that makes it, candidates that
 * are found later, ICE restarts, and its end. Knows HTTP and SDP, not why or when.
 */

import { ApiError } from '@/api/client'
import type { PublishGrant } from '@/api/types'
import { answerAfterRestart, candidatesOf, fragmentOf } from '@/media/sdp-fragment'

const GATHER_MS = 1_500
const BATCH_MS = 100
/** A network that swallows everything must not hold up the next attempt. */
const OFFER_MS = 12_000
const RELEASE_MS = 3_000
const FRAGMENT = 'application/trickle-ice-sdpfrag'

export class WhipResource {
  private sent: Set<string>
  private timer = 0

  private constructor(
    private readonly peer: RTCPeerConnection,
    private readonly url: string,
    private readonly token: string,
    private etag: string,
    offer: string,
  ) {
    this.sent = new Set(candidatesOf(offer))
    peer.addEventListener('icecandidate', () => this.candidateFound())
    this.candidateFound()
  }

  /** Offers what the peer has; on return it is connecting. */
  static async publish(peer: RTCPeerConnection, grant: PublishGrant): Promise<WhipResource> {
    await peer.setLocalDescription()
    await gathered(peer)
    const offer = peer.localDescription?.sdp ?? ''
    const response = await send(grant.whip_url, grant.token, 'POST', 'application/sdp', offer)
    if (response.status !== 201) throw await whipProblem(response)
    const location = response.headers.get('Location') ?? ''
    const url = new URL(location, new URL(grant.whip_url, window.location.href)).href
    const etag = response.headers.get('ETag') ?? ''
    const resource = new WhipResource(peer, url, grant.token, etag, offer)
    try {
      await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() })
    } catch (error) {
      await resource.release()
      throw error
    }
    return resource
  }

  /**
   * Finds a new way to the recorder; the connection above it, and the recording, go on. Rejects
   * when the recorder refuses, and then a new offer is the way.
   */
  async restart(): Promise<void> {
    const { peer } = this
    const answer = peer.remoteDescription?.sdp ?? ''
    await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }))
    await gathered(peer)
    const offer = peer.localDescription?.sdp ?? ''
    this.sent = new Set(candidatesOf(offer))
    const response = await this.patch('"*"', fragmentOf(offer, [...this.sent]))
    if (response.status !== 200) throw await whipProblem(response)
    this.etag = response.headers.get('ETag') ?? ''
    const sdp = answerAfterRestart(answer, await response.text())
    await peer.setRemoteDescription({ type: 'answer', sdp })
  }

  /** Tells the recorder that the connection is over, so that the source is not busy. */
  async release(): Promise<void> {
    window.clearTimeout(this.timer)
    try {
      await fetch(this.url, {
        method: 'DELETE',
        headers: bearer(this.token),
        keepalive: true,
        signal: AbortSignal.timeout(RELEASE_MS),
      })
    } catch {
      // Away or gone already: the recorder's watchdog ends the connection by itself.
    }
  }

  private candidateFound(): void {
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(() => void this.trickle(), BATCH_MS)
  }

  private async trickle(): Promise<void> {
    const sdp = this.peer.localDescription?.sdp ?? ''
    const found = candidatesOf(sdp).filter((candidate) => !this.sent.has(candidate))
    const stable = this.peer.signalingState === 'stable' // otherwise they go with the restart
    if (!found.length || !stable || this.peer.connectionState === 'closed') return
    for (const candidate of found) this.sent.add(candidate)
    // Lost candidates are no reason to stop: the recorder learns the address from our checks.
    await this.patch(this.etag, fragmentOf(sdp, found)).catch(() => undefined)
  }

  private patch(ifMatch: string, body: string): Promise<Response> {
    return send(this.url, this.token, 'PATCH', FRAGMENT, body, { 'If-Match': ifMatch })
  }
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}

async function send(
  url: string,
  token: string,
  method: string,
  type: string,
  body: string,
  more: Record<string, string> = {},
): Promise<Response> {
  const headers = { ...bearer(token), 'Content-Type': type, ...more }
  try {
    return await fetch(url, { method, headers, body, signal: AbortSignal.timeout(OFFER_MS) })
  } catch {
    throw new ApiError(0, 'unreachable')
  }
}

async function whipProblem(response: Response): Promise<ApiError> {
  let code = `http_${response.status}`
  try {
    const body = (await response.json()) as { code?: unknown }
    if (typeof body.code === 'string') code = body.code
  } catch {
    // Not problem+json; the status has to do.
  }
  const retry = Number(response.headers.get('Retry-After'))
  return new ApiError(response.status, code, retry ? { retry_after_s: retry } : {})
}

/** Until all candidates are known, or for a moment: what comes later is trickled. */
function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === 'complete') {
      resolve()
      return
    }
    const timer = window.setTimeout(resolve, GATHER_MS)
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState !== 'complete') return
      window.clearTimeout(timer)
      resolve()
    })
  })
}
