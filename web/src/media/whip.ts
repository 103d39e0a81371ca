/**
 * Publishes this device's camera and microphone by WHIP (RFC 9725) and keeps it going: when the way
 * to the recorder is lost, an ICE restart looks for another and the recording goes on; when there
 * is none, every attempt is a new offer with a fresh token, after a back-off. Media goes to the
 * recorder directly, so it goes on when the centre is away.
 */

import { ApiError } from '@/api/client'
import type { PublishGrant } from '@/api/types'
import { backOff } from '@/base/back-off'
import { WhipResource } from '@/media/whip-resource'

export type PublishState = 'idle' | 'asking' | 'connecting' | 'live' | 'retrying' | 'busy' | 'failed'

/** Codes of what stops a publisher for good; `error.<code>` has the words. */
export type CaptureError = 'camera_denied' | 'camera_missing' | 'camera_in_use' | 'insecure_origin'

const MAX_BITS_PER_S = 3_000_000
const HOLD_MS = 1_000
const LOST_MS = 4_000

/** The record is what was said in the room: nothing is cleaned up before it is stored. */
const ROOM: MediaStreamConstraints = {
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
}

export interface PublisherPorts {
  /**
   * A token and address for the room's camera. The first time this may open the session; `again`
   * must not: a session that was closed meanwhile stays closed (reject with `session_closed`).
   */
  grant(again: boolean): Promise<PublishGrant>
  onState(state: PublishState, code: string | null): void
}

export class WhipPublisher {
  stream: MediaStream | null = null
  private peer: RTCPeerConnection | null = null
  private resource: WhipResource | null = null
  private attempt = 0
  private timer = 0
  private stopped = false
  private ending = false
  private granted = false
  private publishing = false
  private restarting = false
  /** Kinds of media that are not sent, on whatever connection. */
  private held: readonly string[] = []
  private readonly networkChanged = () => this.again()

  constructor(
    private readonly ports: PublisherPorts,
    private readonly wanted: MediaStreamConstraints = ROOM,
    /** How long (ms) an ICE restart may take before a new connection is made instead. */
    private readonly lostMs = LOST_MS,
  ) {}

  /** Asks for camera and microphone. The stream may be shown before anything is published. */
  async capture(): Promise<MediaStream> {
    this.ports.onState('asking', null)
    if (!navigator.mediaDevices) throw this.fail('insecure_origin')
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(this.wanted)
      return this.stream
    } catch (error) {
      throw this.fail(captureCode(error))
    }
  }

  async start(): Promise<void> {
    this.stopped = false
    this.ending = false
    this.granted = false
    window.addEventListener('online', this.networkChanged)
    if (!this.stream) await this.capture()
    await this.publish()
  }

  /** `told` false: the recorder has ended it by itself, there is nothing to tell it. */
  async stop(told = true): Promise<void> {
    this.stopped = true
    window.clearTimeout(this.timer)
    window.removeEventListener('online', this.networkChanged)
    this.closePeer()
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = null
    if (told) await this.release()
    else this.resource = null
    this.ports.onState('idle', null)
  }

  /**
   * The session is being closed, so the connection is about to end: that is no reason to connect
   * again. Pass false when closing failed; sending then goes on, or is taken up again.
   */
  expectEnd(ending: boolean): void {
    this.ending = ending
    const gone = !this.peer || ['failed', 'closed'].includes(this.peer.connectionState)
    if (!ending && gone && this.stream && !this.stopped) this.retry('media_lost')
  }

  /** Goes on with another camera or microphone; the connection stays. */
  async swap(stream: MediaStream): Promise<void> {
    this.stream = stream
    await this.fill()
  }

  /**
   * Sends nothing of these kinds from now on, and what is not named again. Connections stay, and one
   * that is made meanwhile begins without them.
   */
  async hold(kinds: readonly string[]): Promise<void> {
    this.held = kinds
    await this.fill().catch(() => undefined) // closed: nothing is sent on it
  }

  /** All at once, and each time: the last word counts while an earlier one is still being carried out. */
  private async fill(): Promise<void> {
    const tracks = this.stream?.getTracks() ?? []
    await Promise.all(
      (this.peer?.getTransceivers() ?? []).map(({ sender, receiver }) => {
        const { kind } = receiver.track
        const track = this.held.includes(kind) ? null : tracks.find((one) => one.kind === kind)
        return track === undefined ? undefined : sender.replaceTrack(track)
      }),
    )
  }

  /** The network is back, or another one: does not wait for the rest of a back-off. */
  again(): void {
    if (this.stopped || !this.stream) return
    const gone = !this.peer || ['failed', 'closed'].includes(this.peer.connectionState)
    if (gone) void this.publish()
    else void this.restartIce()
  }

  private fail(code: CaptureError): ApiError {
    this.ports.onState('failed', code)
    return new ApiError(0, code)
  }

  private async publish(): Promise<void> {
    if (this.stopped || !this.stream || this.publishing) return
    this.publishing = true
    this.ports.onState('connecting', null)
    try {
      await this.release()
      const grant = await this.ports.grant(this.granted)
      this.granted = true
      const peer = this.openPeer(this.stream, grant)
      this.resource = await WhipResource.publish(peer, grant)
      if (this.stopped) return await this.release() // stopped while the recorder was asked
      await limitBitrate(peer)
    } catch (error) {
      this.closePeer()
      this.afterFailure(error)
    } finally {
      this.publishing = false
    }
  }

  private afterFailure(error: unknown): void {
    const code = error instanceof ApiError ? error.code : 'publish_failed'
    if (code === 'source_busy') {
      this.ports.onState('busy', code)
      return
    }
    if (code === 'session_closed') {
      void this.stop()
      return
    }
    const final = error instanceof ApiError && [403, 415, 422].includes(error.status)
    if (final) {
      this.ports.onState('failed', code)
      return
    }
    const after = error instanceof ApiError ? Number(error.extra.retry_after_s ?? 0) * 1000 : 0
    this.retry(code, after)
  }

  private retry(code: string | null, least = 0): void {
    if (this.stopped || this.ending) return
    this.ports.onState('retrying', code)
    window.clearTimeout(this.timer)
    const wait = Math.max(least, backOff(this.attempt, Math.random()))
    this.attempt = Math.min(this.attempt + 1, 5)
    this.timer = window.setTimeout(() => void this.publish(), wait)
  }

  private openPeer(stream: MediaStream, grant: PublishGrant): RTCPeerConnection {
    this.closePeer()
    const iceServers = grant.ice_servers
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers })
    this.peer = peer
    for (const track of stream.getTracks()) {
      const transceiver = peer.addTransceiver(this.held.includes(track.kind) ? track.kind : track, {
        direction: 'sendonly',
        streams: [stream],
        ...(track.kind === 'video' ? { sendEncodings: [{ maxBitrate: MAX_BITS_PER_S }] } : {}),
      })
      if (track.kind === 'video') preferH264(transceiver)
    }
    peer.onconnectionstatechange = () => {
      if (this.peer === peer) this.peerChanged(peer)
    }
    return peer
  }

  private peerChanged(peer: RTCPeerConnection): void {
    window.clearTimeout(this.timer)
    switch (peer.connectionState) {
      case 'connected':
        this.attempt = 0
        this.ports.onState('live', null)
        return
      case 'failed':
      case 'closed':
        this.retry('media_lost')
        return
      case 'disconnected':
        // ICE often recovers from this by itself within a second.
        this.timer = window.setTimeout(() => void this.restartIce(), HOLD_MS)
    }
  }

  /** The way to the recorder is lost or has changed: look for another before starting over. */
  private async restartIce(): Promise<void> {
    const { peer, resource } = this
    if (!peer || !resource || this.restarting || this.stopped || this.ending) return
    this.restarting = true
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(() => {
      if (this.peer === peer && peer.connectionState !== 'connected') this.retry('media_lost')
    }, this.lostMs)
    try {
      await resource.restart()
    } catch {
      if (this.peer === peer && peer.connectionState !== 'connected') this.retry('media_lost')
    } finally {
      this.restarting = false
    }
  }

  /** Tells the recorder that the old connection is over, so that the source is not busy. */
  private async release(): Promise<void> {
    const old = this.resource
    this.resource = null
    await old?.release()
  }

  private closePeer(): void {
    const peer = this.peer
    this.peer = null
    if (!peer) return
    peer.onconnectionstatechange = null
    peer.close()
  }
}

export function captureCode(error: unknown): CaptureError {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'camera_denied'
  if (name === 'NotReadableError' || name === 'AbortError') return 'camera_in_use'
  return 'camera_missing'
}

/** H.264 first: it is stored as fragmented MP4 and plays everywhere; VP8 is the fallback. */
function preferH264(transceiver: RTCRtpTransceiver): void {
  const all = RTCRtpSender.getCapabilities('video')?.codecs ?? []
  const named = (name: string) => all.filter((codec) => codec.mimeType.toLowerCase() === name)
  const wanted = [...named('video/h264'), ...named('video/vp8'), ...named('video/rtx')]
  if (wanted.length) transceiver.setCodecPreferences(wanted)
}

async function limitBitrate(peer: RTCPeerConnection): Promise<void> {
  for (const { sender, receiver } of peer.getTransceivers()) {
    if (receiver.track.kind !== 'video') continue
    const parameters = sender.getParameters()
    for (const encoding of parameters.encodings) encoding.maxBitrate = MAX_BITS_PER_S
    parameters.degradationPreference = 'maintain-resolution'
    await sender.setParameters(parameters).catch(() => undefined) // a limit, not a condition
  }
}
