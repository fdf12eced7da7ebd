// Who holds the key takes over from a connection that fell silent, over SRT, and
// from one protocol to the other; nobody takes over from one that does not.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { publish, source } from './lib/ffmpeg.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { Caller, publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const start = (s) => Weir.start(s, {
  ...NOT_LOOKED_AT, ...WITH_SRT,
  gate: { delay_ms: 1000, grace_ms: 60000 },
  rtmp: { address: '127.0.0.1', port: 0, takeover_ms: 1000 },
});

/** Its SESSION is on and has brought something; stream time goes on from one to the next. */
async function live(review, session, { from = 0, after = 0 } = {}) {
  const { stream } = await review.waitFor('stream.updated',
    (m) => m.stream.state === 'live' && m.stream.session === session && m.stream.stream_time_ms > after, 20000, from);
  return stream.stream_time_ms;
}
const emptied = (review, from) =>
  review.waitFor('stream.updated', (m) => m.stream.window.packets === 0, 20000, from);

/** A caller that sends a few seconds, and then nothing while its line lives on. */
function fallSilent(s, ts, port, id) {
  const caller = s.add(new Caller(port, { streamid: id }));
  caller.input.write(readFileSync(ts));
  return caller;
}

/** A caller that sends as it plays, until .silence (). Its line lives on then. */
function speak(s, ts, seconds, port, id) {
  const caller = s.add(new Caller(port, { streamid: id }));
  const media = readFileSync(ts);
  const piece = Math.ceil(media.length / seconds / 10);
  let at = 0;
  const timer = setInterval(() => {
    caller.input.write(media.subarray(at, at + piece));
    at += piece;
  }, 100);
  caller.silence = () => clearInterval(timer);
  s.add({ close: async () => caller.silence() });
  return caller;
}

scenario('over SRT', async (s) => {
  const weir = await start(s);
  const port = await srtPort(weir);
  const review = await weir.review();
  const ts = await tsSource(s, FLAGGED, { seconds: 5 });
  const long = await tsSource(s, FLAGGED, { seconds: 20 });
  const { secret } = await weir.key('live', 'cam');
  const id = streamId('live', 'cam', secret);

  const first = speak(s, long, 20, port, id);
  const after = await live(review, 1);
  await publishSrt(s, ts, port, id).refused();
  first.silence();
  await emptied(review, review.mark);

  const from = review.mark;
  publishSrt(s, ts, port, id, { loop: 5 });
  await live(review, 2, { from, after });
  await weir.says(/disconnected: Another connection with the same key took this stream over/);
});

scenario('from RTMP to SRT and back', async (s) => {
  const weir = await start(s);
  const port = await srtPort(weir);
  const review = await weir.review();
  const flv = await source(s, FLAGGED, { seconds: 20 });
  const ts = await tsSource(s, FLAGGED, { seconds: 5 });
  const url = await weir.publishUrl('live', 'cam');
  const id = streamId('live', 'cam', new URL(url).searchParams.get('key'));

  const first = publish(s, flv, url);
  const after = await live(review, 1);
  await publishSrt(s, ts, port, id).refused();
  first.signal('SIGSTOP');
  await emptied(review, review.mark);

  let from = review.mark;
  fallSilent(s, ts, port, id);
  const more = await live(review, 2, { from, after });
  first.signal('SIGCONT');
  assert.notEqual((await first.ended(20000)).code, 0, 'the old connection is closed');
  await emptied(review, review.mark);

  from = review.mark;
  publish(s, flv, url);
  await live(review, 3, { from, after: more });
  assert.equal(review.events.filter((m) => m.type === 'stream.started').length, 1, 'it is one stream all the while');
});
