// Publishes a moving canvas and a tone with the product's own publisher, and reports once a second.
// Query: source, whip, token, codec (h264, vp8), width, height, fps, restart (seconds from live on).
import { WhipPublisher } from '/publisher.js'

const asked = new URLSearchParams(location.search)
const number = (name, otherwise) => Number(asked.get(name) ?? otherwise)
const begun = performance.now()
let publisher

function report(what) {
  const body = JSON.stringify({ ms: Math.round(performance.now() - begun), ...what })
  return fetch(`/report/${asked.get('source')}`, { method: 'POST', body })
}

window.addEventListener('error', (event) => report({ error: String(event.message) }))
window.addEventListener('unhandledrejection', (event) => report({ error: String(event.reason) }))

// Every picture differs and holds much detail, so that the encoder needs the rate it is given.
function picture(width, height, fps) {
  const canvas = document.getElementById('picture')
  Object.assign(canvas, { width, height })
  const draw = canvas.getContext('2d')
  const grain = document.createElement('canvas')
  Object.assign(grain, { width: 2 * width, height: 2 * height })
  const noise = grain.getContext('2d')
  const data = noise.createImageData(grain.width, grain.height)
  let state = 1
  for (let at = 0; at < data.data.length; at += 4) {
    state = (state * 1664525 + 1013904223) >>> 0
    data.data.fill(96 + (state >>> 26), at, at + 3)
    data.data[at + 3] = 255
  }
  noise.putImageData(data, 0, 0)
  let frame = 0
  setInterval(() => {
    frame += 1
    draw.drawImage(grain, -((frame * 7) % width), -((frame * 3) % height))
    draw.fillStyle = `hsl(${(frame * 3) % 360} 80% 50%)`
    draw.fillRect((frame * 5) % width, height / 3, width / 6, height / 3)
  }, 1000 / fps)
  return canvas.captureStream(fps)
}

function tone() {
  const context = new AudioContext()
  const output = context.createMediaStreamDestination()
  const oscillator = context.createOscillator()
  oscillator.frequency.value = 440
  oscillator.connect(output)
  oscillator.start()
  void context.resume()
  return output.stream.getAudioTracks()[0]
}

// The publisher prefers H.264; a test may want another codec, and no other.
function only(codec) {
  const wanted = ['video/rtx', `video/${codec}`]
  const found = RTCRtpSender.getCapabilities('video').codecs
  const kept = found.filter((one) => wanted.includes(one.mimeType.toLowerCase()))
  const set = RTCRtpTransceiver.prototype.setCodecPreferences
  RTCRtpTransceiver.prototype.setCodecPreferences = function () {
    return set.call(this, kept)
  }
}

const peers = []
const Stock = window.RTCPeerConnection
window.RTCPeerConnection = class extends Stock {
  constructor(configuration) {
    super(configuration)
    peers.push(this)
  }
}

async function sample() {
  const peer = peers.at(-1)
  if (!peer) return
  const found = { connection: peer.connectionState }
  for (const one of (await peer.getStats()).values()) {
    if (one.type === 'outbound-rtp' && one.kind === 'video') {
      found.width = one.frameWidth
      found.height = one.frameHeight
      found.bytes = one.bytesSent
      found.frames = one.framesEncoded
      found.key_frames = one.keyFramesEncoded
      found.limited = one.qualityLimitationReason
    }
  }
  await report(found)
}

if (asked.get('codec')) only(asked.get('codec'))
// Whether a restart goes through is looked at here, not how soon: the machine may be busy.
const PATIENT_MS = 30_000
const BUSY_MS = 1_000
let restart = number('restart', 0)
const stream = picture(number('width', 640), number('height', 360), number('fps', 30))
stream.addTrack(tone())
const ports = {
  grant: async () => ({
    whip_url: asked.get('whip'),
    token: asked.get('token'),
    source: asked.get('source'),
    session: '',
    expires_us: 0,
    ice_servers: [],
  }),
  onState: (state, code) => {
    void report({ state, code })
    // What a browser before this one left is held for live until it has been silent for a while.
    if (state === 'busy') setTimeout(() => void publisher.start(), BUSY_MS)
    if (state === 'live' && restart) {
      setTimeout(() => window.dispatchEvent(new Event('online')), 1000 * restart)
      restart = 0
    }
  },
}
publisher = new WhipPublisher(ports, undefined, PATIENT_MS)
publisher.stream = stream
await publisher.start()
setInterval(() => void sample(), 1000)
