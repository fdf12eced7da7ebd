// Which publishers reach which distribution servers, as a table that is kept
// in the repository: gateway/rtmp/interoperability.md.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { demux, encodeClip } from './lib/clips.mjs';
import { assertSameUnits, withRisingTimes } from './lib/compare.mjs';
import { writeElementary } from './lib/elementary.mjs';
import { EnhancedSender } from './lib/enhanced-sender.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { audioOf, fromFirstKey, tags, units, videoOf } from './lib/flv.mjs';
import { gstRegistry, publishGst } from './lib/gstreamer.mjs';
import { tableText, TABLE } from './lib/interop-table.mjs';
import { Nginx } from './lib/nginx.mjs';
import { byFourCc, byNumber, hasNumber, modified, ofTrack } from './lib/rtmp-bodies.mjs';
import { RtmpSink } from './lib/rtmp-sink.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const DELAY_MS = 500;
/** Many programs start at once. */
const PATIENCE_MS = 30000;
const VIDEO = 9;

/** Of an FLV tag. */
const isByFourCc = ({ type, body }) => (type === VIDEO ? body[0] >> 7 === 1 : body[0] >> 4 === 9);

// Ways to publish: clip () is what to send of an encoded clip, send () begins
// and gives {publisher, sent ()}, the units that it has sent.

const flv = (s, clip, name) => source(s, clip, { name: `${name}.flv` });

const ffmpeg = {
  clip: flv,
  send: (s, file, url) => ({ publisher: publish(s, file, url), sent: () => units(file) }),
};

const gst = (element) => ({
  clip: flv,
  send(s, file, url, name) {
    const copy = s.path(`${name}-sent.flv`);
    const publisher = publishGst(s, element, file, url, copy);
    return { publisher, sent: () => withRisingTimes(units(fromFirstKey(copy))) };
  },
});

/** BODIES (message): what to send for it. */
const enhanced = (bodies, options) => ({
  clip: (s, clip) => demux(clip),
  send: (s, messages, url) => ({
    publisher: EnhancedSender.start(s, messages, url, bodies, options),
    sent: () => messages.filter((m) => m.data),
  }),
});

const allByFourCc = (m) => [byFourCc(m)];
const pictureByFourCc = (m) => [m.kind === 'video' ? byFourCc(m) : byNumber(m)];
const withNanoseconds = (m) => [m.config ? byFourCc(m) : modified(byFourCc(m), 250000)];
const twoTracks = (m) => [byFourCc(m), ofTrack(m.kind, byFourCc(m), 1)];

/** NAME is for paths; PUBLISHER and CODECS, of picture and sound, are for the
 * table, and to make the clip. */
const PUBLISHERS = [
  { name: 'ffmpeg', publisher: 'ffmpeg', codecs: ['h264', 'aac'], how: ffmpeg },
  { name: 'reordered', publisher: 'ffmpeg', codecs: ['h264 with B-frames', 'aac'], how: ffmpeg },
  { name: 'mp3', publisher: 'ffmpeg', codecs: ['h264', 'mp3'], how: ffmpeg },
  { name: 'rtmp2sink', publisher: 'GStreamer `rtmp2sink`', codecs: ['h264 with B-frames', 'aac'], how: gst('rtmp2sink') },
  { name: 'rtmpsink', publisher: 'GStreamer `rtmpsink` (librtmp)', codecs: ['h264', 'aac'], how: gst('rtmpsink') },
  { name: 'avc1', publisher: 'Enhanced RTMP', codecs: ['h264 with B-frames', 'aac'], how: enhanced(allByFourCc) },
  { name: 'tracks', publisher: 'Enhanced RTMP, two tracks of each, the first as if alone', codecs: ['h264', 'aac'], how: enhanced(twoTracks) },
  { name: 'opus', publisher: 'Enhanced RTMP', codecs: ['h264', 'opus'], how: enhanced(allByFourCc) },
  { name: 'hvc1', publisher: 'Enhanced RTMP', codecs: ['hevc', 'aac'], how: enhanced(pictureByFourCc) },
  { name: 'silent', publisher: 'Enhanced RTMP, codecs not announced', codecs: ['hevc', 'aac'], how: enhanced(pictureByFourCc, { announced: false }) },
  { name: 'twelve', publisher: 'HEVC as codec id 12', codecs: ['hevc', 'aac'], how: enhanced((m) => [byNumber(m)], { announced: false }) },
  { name: 'av01', publisher: 'Enhanced RTMP, times with nanoseconds', codecs: ['av1', 'aac'], how: enhanced(withNanoseconds) },
  { name: 'vp09', publisher: 'Enhanced RTMP', codecs: ['vp9', 'opus'], how: enhanced(allByFourCc) },
  { name: 'flac', publisher: 'Enhanced RTMP', codecs: ['h264', 'flac'], how: enhanced(allByFourCc) },
];

// What a server has of a publication: {carried}, how it came. EXPECTED: units,
// all of them unless the publisher was refused.

async function atNginx(nginx, name, expected, refused) {
  if (refused && nginx.count('publish', name) === 0) return {};
  const file = await nginx.ended(name);
  assert.deepEqual(tags(file).filter(isByFourCc), [], 'nothing that nginx does not know');
  assertSameUnits(units(file), expected);
  if (!refused) await decodes(file);
  return {};
}

async function atSink(s, sink, app, name, expected, refused) {
  if (refused && !sink.publications.has(name)) return {};
  const { units: got, configs } = await sink.published(name);
  assertSameUnits(got, expected);
  const tracks = [videoOf(got), audioOf(got)];
  for (const track of tracks) {
    const [{ kind, codec }] = track;
    await decodes(writeElementary(s.path(`${app}-${name}-${kind}`), codec, configs[kind], track));
  }
  return { carried: tracks.map(([unit]) => unit.carried) };
}

/** By the name of the application whose streams go there. */
async function startServers(s) {
  const nginx = await Nginx.start(s);
  const sink = async (app, enhanced, options) => {
    const one = await RtmpSink.start(s, { enhanced });
    return { egress: { app, url: one.url, ...options }, look: (...what) => atSink(s, one, app, ...what) };
  };
  return {
    nginx: { egress: { app: 'nginx', ...nginx.egress }, look: (...what) => atNginx(nginx, ...what) },
    announcing: await sink('announcing', true),
    silent: await sink('silent', false, { enhanced: 'yes' }),
  };
}

/** What is sent on before a publisher is refused for what follows. */
const beforeRefusal = (sent) => sent.slice(0, sent.findIndex((u) => !hasNumber(u)));

/** Publishes through the gateway: {carried} or, refused, {words}. */
async function runCell(s, weir, review, server, app, { name, how, clip }) {
  const { publisher, sent } = how.send(s, clip, await weir.publishUrl(app, name), `${app}-${name}`);
  const refusal = await publisher.finished();
  await review.stopped(`${app}/${name}`);
  const come = await server.look(name, refusal ? beforeRefusal(sent()) : sent(), Boolean(refusal));
  return refusal ? { words: refusal.description } : come;
}

scenario('publishers reach the servers that can take what they send, as the table says', async (s) => {
  const servers = await startServers(s);
  const egresses = Object.entries(servers).map(([app, { egress }]) => [`egress ${app}`, egress]);
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: DELAY_MS },
    rtmp: { handshake_timeout_ms: PATIENCE_MS, publish_timeout_ms: PATIENCE_MS },
    ...Object.fromEntries(egresses),
  });
  const review = await weir.review();
  await gstRegistry(s);
  const encoded = {};
  const rows = [];
  for (const publisher of PUBLISHERS) {
    const { name, codecs, how } = publisher;
    encoded[codecs] ??= await encodeClip(s, ...codecs);
    rows.push({ ...publisher, clip: await how.clip(s, encoded[codecs], name), cells: {} });
  }

  const errors = [];
  await Promise.all(rows.flatMap((row) => Object.entries(servers).map(async ([app, server]) => {
    try {
      row.cells[app] = await runCell(s, weir, review, server, app, row);
    } catch (error) {
      errors.push(`${row.name} to ${app}: ${error.message}`);
    }
  })));
  assert.deepEqual(errors, []);

  const text = tableText(rows);
  if (process.env.UPDATE) writeFileSync(TABLE, text);
  assert.equal(text, readFileSync(TABLE, 'utf8'), 'the table; UPDATE=1 writes it anew');
});
