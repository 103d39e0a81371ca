// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PublishGrant } from '@/api/types'
import { WhipPublisher } from '@/media/whip'

const GRANT: PublishGrant = { whip_url: 'http://recorder/whip/room1-camera', token: 't', expires_us: 0, source: 'room1-camera', session: 's1', ice_servers: [] }
const camera = { kind: 'video', stop: () => undefined } as MediaStreamTrack
const microphone = { kind: 'audio', stop: () => undefined } as MediaStreamTrack
const streamOf = (...tracks: MediaStreamTrack[]): MediaStream => ({ getTracks: () => tracks }) as MediaStream

/** Of a connection only what is sent on it; replacing a track takes a moment, one after the other. */
class FakePeer extends EventTarget {
  static made: FakePeer[] = []
  connectionState: RTCPeerConnectionState = 'new'
  iceGatheringState = 'complete'
  signalingState = 'stable'
  localDescription = { sdp: '' }
  onconnectionstatechange: (() => void) | null = null
  private readonly lines: { sender: FakeSender; receiver: { track: { kind: string } }; setCodecPreferences: () => void }[] = []

  constructor() {
    super()
    FakePeer.made.push(this)
  }

  addTransceiver(given: MediaStreamTrack | string): object {
    const [kind, track] = typeof given === 'string' ? [given, null] : [given.kind, given]
    const line = { sender: new FakeSender(track), receiver: { track: { kind } }, setCodecPreferences: () => undefined }
    this.lines.push(line)
    return line
  }

  getTransceivers = () => this.lines
  setLocalDescription = async (): Promise<void> => undefined
  setRemoteDescription = async (): Promise<void> => undefined
  close = (): void => void (this.connectionState = 'closed')
  sends = (): string[] => this.lines.flatMap(({ sender }) => sender.track?.kind ?? [])
  is(state: RTCPeerConnectionState): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }
}
class FakeSender {
  private queue = Promise.resolve()
  limits: { encodings: { maxBitrate?: number }[] } = { encodings: [{}] }
  constructor(public track: MediaStreamTrack | null) {}
  replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.queue = this.queue.then(() => new Promise((done) => setTimeout(done, 1))).then(() => void (this.track = track))
    return this.queue
  }
  getParameters = () => this.limits
  setParameters = async (limits: FakeSender['limits']): Promise<void> => void (this.limits = limits)
}

let publisher: WhipPublisher
let states: string[]
const peer = (): FakePeer => FakePeer.made.at(-1)!

beforeEach(async () => {
  FakePeer.made = []
  states = []
  vi.stubGlobal('RTCPeerConnection', FakePeer)
  vi.stubGlobal('RTCRtpSender', { getCapabilities: () => null })
  vi.stubGlobal('fetch', async () => new Response('answer', { status: 201, headers: { Location: '/whip/connection/1' } }))
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: async () => streamOf(microphone, camera) } })
  publisher = new WhipPublisher({ grant: async () => GRANT, onState: (state) => states.push(state) })
})
afterEach(async () => {
  await publisher.stop()
  vi.unstubAllGlobals()
})

describe('a publisher that holds', () => {
  it('sends nothing of what it holds, and goes on with it on the same connection', async () => {
    await publisher.start()
    peer().is('connected')
    expect(peer().sends()).toEqual(['audio', 'video'])
    await publisher.hold(['audio', 'video'])
    expect(peer().sends()).toEqual([])
    await publisher.hold([])
    expect([peer().sends(), FakePeer.made.length]).toEqual([['audio', 'video'], 1])
  })

  it('holds one kind alone', async () => {
    await publisher.start()
    await publisher.hold(['audio'])
    expect(peer().sends()).toEqual(['video'])
    await publisher.hold(['video'])
    expect(peer().sends()).toEqual(['audio'])
  })

  it('does as it was told last, while what it was told before is still being done', async () => {
    await publisher.start()
    void publisher.hold(['audio', 'video'])
    await publisher.hold([])
    expect(peer().sends()).toEqual(['audio', 'video'])
    void publisher.hold([])
    await publisher.hold(['audio', 'video'])
    expect(peer().sends()).toEqual([])
  })

  it('begins a connection without it, and limits what is sent on it afterwards', async () => {
    await publisher.hold(['audio', 'video'])
    await publisher.start()
    expect(peer().sends()).toEqual([])
    await publisher.hold([])
    expect(peer().sends()).toEqual(['audio', 'video'])
    expect(peer().getTransceivers().map(({ sender }) => sender.limits.encodings[0]!.maxBitrate)).toEqual([undefined, 3_000_000])
  })

  it('sends nothing on a connection that is made anew meanwhile', async () => {
    vi.useFakeTimers()
    await publisher.start()
    peer().is('connected')
    const held = publisher.hold(['audio', 'video'])
    await vi.advanceTimersByTimeAsync(10)
    await held
    peer().is('failed')
    await vi.advanceTimersByTimeAsync(10_000)
    expect([FakePeer.made.length, states.includes('retrying'), peer().sends()]).toEqual([2, true, []])
    const freed = publisher.hold([])
    await vi.advanceTimersByTimeAsync(10)
    await freed
    expect(peer().sends()).toEqual(['audio', 'video'])
    vi.useRealTimers()
  })

  it('sends nothing of another camera that is chosen meanwhile, until it is freed', async () => {
    await publisher.start()
    await publisher.hold(['video'])
    const other = { kind: 'video', stop: () => undefined } as MediaStreamTrack
    await publisher.swap(streamOf(microphone, other))
    expect(peer().sends()).toEqual(['audio'])
    await publisher.hold([])
    expect(peer().getTransceivers().map(({ sender }) => sender.track)).toEqual([microphone, other])
  })
})
