// libwebrtc for Node (@roamhq/wrtc) as a WHIP client. Arguments: URL TOKEN [TURN].
// With TURN it asks OPTIONS for the relay first and publishes through nothing else.
import wrtc from '@roamhq/wrtc'

const [url, token, relay] = process.argv.slice(2)
const { RTCPeerConnection, nonstandard } = wrtc
const { RTCVideoSource, RTCAudioSource } = nonstandard
const headers = { Authorization: `Bearer ${token}` }
const width = 640
const height = 360

function links(response) {
  const found = []
  for (const one of (response.headers.get('link') ?? '').split(/,\s*(?=<)/)) {
    const server = /^<([^>]+)>; rel="ice-server"(.*)$/.exec(one)
    if (!server) continue
    found.push({
      urls: server[1],
      username: /username="([^"]*)"/.exec(server[2])?.[1],
      credential: /credential="([^"]*)"/.exec(server[2])?.[1],
    })
  }
  return found
}

const iceServers = relay ? links(await fetch(url, { method: 'OPTIONS', headers })) : []
const iceTransportPolicy = relay ? 'relay' : 'all'
const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers, iceTransportPolicy })
const video = new RTCVideoSource()
const audio = new RTCAudioSource()
peer.addTransceiver(audio.createTrack(), { direction: 'sendonly' })
peer.addTransceiver(video.createTrack(), { direction: 'sendonly' })

let number = 0
setInterval(() => {
  number += 1
  const data = new Uint8ClampedArray(width * height * 1.5).fill(128)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data[y * width + x] = (x + y + number * 4) & 255
  }
  video.onFrame({ width, height, data })
}, 40)
let phase = 0
setInterval(() => {
  const samples = Int16Array.from({ length: 480 }, () => 4000 * Math.sin((phase += 0.0576)))
  audio.onData({ samples, sampleRate: 48000, bitsPerSample: 16, channelCount: 1 })
}, 10)

await peer.setLocalDescription(await peer.createOffer())
if (relay) {
  await new Promise((resolve) => {
    if (peer.iceGatheringState === 'complete') resolve()
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve()
    setTimeout(resolve, 5000)
  })
}
const reply = await fetch(url, {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/sdp' },
  body: peer.localDescription.sdp,
})
if (reply.status !== 201) throw new Error(`${reply.status} ${await reply.text()}`)
await peer.setRemoteDescription({ type: 'answer', sdp: await reply.text() })
peer.onconnectionstatechange = () => console.log(peer.connectionState)
process.on('SIGTERM', async () => {
  await fetch(reply.headers.get('location'), { method: 'DELETE', headers })
  process.exit(0)
})
setTimeout(() => process.exit(0), 60000)
