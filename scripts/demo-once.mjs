// One flagged case through the public WebSocket: waits for it, cuts it, prints
// the figures a line each. Times of this machine's one clock, so what the
// gateway stamps and what arrives here can be compared.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import WebSocket from '../tests/node_modules/ws/wrapper.mjs'

const HITS = 3 // pictures of the case before it is cut
const DEADLINE_MS = 60000
const [recordDir] = process.argv.slice(2)

const fail = (text) => {
  console.error(`demo: ${text}`)
  process.exit(1)
}
const deadline = setTimeout(() => fail(`no cut within ${DEADLINE_MS / 1000} s`), DEADLINE_MS)

const url = new URL('/api/v1/review', process.env.WEIR_URL)
url.protocol = 'ws:'
const socket = new WebSocket(url, 'weir.v1', {
  headers: { authorization: `Bearer ${process.env.WEIR_TOKEN}` },
})
const flagMs = []
let theCase = null
let result = null
let closed = null
let lateness = null
let decidedAt = 0
let roundTripMs = 0
let finished = false

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]

const downstreamSeconds = () => {
  const files = readdirSync(recordDir).map((f) => join(recordDir, f)).filter((f) => statSync(f).size > 1000)
  if (files.length === 0) return 0
  const out = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', files[0]])
  const times = out.toString().split(/[\s,]+/).filter(Boolean).map(Number)
  return Math.max(...times) - Math.min(...times)
}

const finish = () => {
  if (result === null || closed === null || finished) return
  finished = true
  clearTimeout(deadline)
  const spanStart = closed.span.from_ms / 1000
  console.log()
  console.log(`case: ${closed.reason}`)
  console.log(`flagged span: from ${spanStart.toFixed(1)} s of the stream`)
  console.log(`time to flag: ${median(flagMs)} ms (median of ${flagMs.length} pictures, last byte read to WebSocket: ${flagMs.join(', ')} ms)`)
  console.log(`time to cut: ${(closed.time_to_cut_us / 1000).toFixed(2)} ms`)
  console.log(`answered as stored after: ${roundTripMs} ms`)
  if (lateness !== null) console.log(`sent minus due: p50 ${lateness.p50_ms} ms, p99 ${lateness.p99_ms} ms`)
  console.log(`sent downstream: ${downstreamSeconds().toFixed(1)} s of picture`)
  console.log(`exposure: ${closed.exposure_ms} ms`)
  socket.close()
  if (result.ok !== true) fail(`the cut was refused: ${result.message}`)
  if (closed.exposure_ms !== 0) fail('some of the flagged span had been sent')
  if (downstreamSeconds() > spanStart + 0.1) fail('the server downstream has more than the clean part')
}

const onCase = (received, c) => {
  theCase ??= c.id
  if (c.id !== theCase) return
  if (c.state === 'closed') {
    closed = c
    finish()
    return
  }
  if (flagMs.length < c.hits) flagMs.push(received - c.sampled_ms)
  if (flagMs.length === 1) console.log('flagged: a case is open, waiting for two more pictures')
  if (flagMs.length >= HITS && decidedAt === 0) {
    decidedAt = Date.now()
    socket.send(JSON.stringify({ type: 'case.decide', id: 'demo-1', case: theCase, verdict: 'cut', note: 'demo' }))
  }
}

socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', epoch: null, since: 0 })))
socket.on('error', (error) => fail(error.message))
socket.on('message', (data) => {
  const received = Date.now()
  const message = JSON.parse(data)
  if (message.type.startsWith('case.')) onCase(received, message.case)
  if (message.type === 'stream.updated' && decidedAt === 0) lateness = message.stream.lateness
  if (message.type === 'result') {
    result = message
    roundTripMs = received - decidedAt
    finish()
  }
})
