// The same over SRT, where all is said in band: a programme that becomes
// another one, pictures that change size, storms of parameter sets.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { run } from './lib/program.mjs';
import { RtmpSink } from './lib/rtmp-sink.mjs';
import { scenario } from './lib/scenario.mjs';
import { Caller, srtPort, streamId, WITH_SRT } from './lib/srt.mjs';
import { Weir } from './lib/weir.mjs';
import { Witness } from './lib/witness.mjs';

const PACKETS = 1316;
const TICK_MS = 10;
const QUIET = ['-nostdin', '-v', 'error', '-y'];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0'];
const HEVC = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'];

let files = 0;

/** A picture as a file that ends with ENDING, with a key frame each KEY pictures. */
async function clip(s, ending, { size = '320x180', seconds = 3, rate = 25, key = rate, how = H264, format = 'yuv420p', options = [] } = {}) {
  const file = s.path(`clip-${(files += 1)}.${ending}`);
  await run('ffmpeg', [...QUIET, '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`, '-pix_fmt', format,
    '-g', String(key), '-keyint_min', String(key), ...how, ...(ending === 'ts' ? ['-muxdelay', '0', '-f', 'mpegts'] : []), ...options, file]);
  return file;
}

/** Transport streams of as many seconds, one behind the other in time, each
 * with another version of its tables. */
async function behindEachOther(s, list) {
  const parts = [];
  let from = 0;
  for (const [i, { seconds = 3, ...rest }] of list.entries()) {
    const options = ['-output_ts_offset', String(from), '-mpegts_flags', 'resend_headers', '-tables_version', String(i % 32)];
    parts.push(readFileSync(await clip(s, 'ts', { ...rest, seconds, options })));
    from += seconds;
  }
  return { bytes: Buffer.concat(parts), seconds: from };
}

/** Access units of a file of H.264 of which each begins with a sequence parameter set. */
async function units(file) {
  const data = await readFile(file);
  const starts = [];
  for (let at = data.indexOf('00000167', 0, 'hex'); at >= 0; at = data.indexOf('00000167', at + 4, 'hex')) starts.push(at > 0 && data[at - 1] === 0 ? at - 1 : at);
  return starts.map((at, i) => data.subarray(at, starts[i + 1]));
}

/** Access units of H.264, RATE a second, as one transport stream. */
async function muxed(s, rate, list) {
  const [from, to] = [s.path(`muxed-${(files += 1)}.h264`), s.path(`muxed-${files}.ts`)];
  await writeFile(from, Buffer.concat(list));
  await run('ffmpeg', [...QUIET, '-f', 'h264', '-framerate', String(rate), '-i', from, '-c', 'copy', '-muxdelay', '0', '-f', 'mpegts', to]);
  const bytes = await readFile(to);
  const { out } = await run('ffprobe', ['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', to]);
  return { bytes, seconds: Number.parseInt(out.list[0], 10) / rate };
}

/** Sends BYTES, which play for SECONDS, as they play. */
async function send(s, port, id, { bytes, seconds }) {
  const caller = s.add(new Caller(port, { streamid: id, latency: 120 }));
  await caller.says(/SRT target connected/);
  const began = performance.now();
  let sent = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = ((performance.now() - began) / 1000 / seconds) * bytes.length;
      for (; sent < due && sent < bytes.length; sent += PACKETS) caller.input.write(bytes.subarray(sent, sent + PACKETS));
      if (sent < bytes.length && caller.status === null) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  await caller.kill(); // it does not end with its input
}

scenario('over SRT, too: another codec by a changed map, sizes and parameter sets in band', async (s) => {
  const witness = await Witness.create(s);
  const sink = await RtmpSink.start(s, { enhanced: true });
  const weir = await Weir.start(s, {
    ...WITH_SRT,
    ...witness.sections,
    gate: { delay_ms: 500, grace_ms: 0 },
    analysis: { workers: 1 },
    'egress bad': { url: sink.url, app: 'bad' },
  });
  const review = await weir.review();
  const port = await srtPort(weir);
  await witness.start(weir, review);

  const through = async (name, stream, judge) => {
    const { secret } = await weir.key('bad', name);
    await witness.through(name, async () => {
      await send(s, port, streamId('bad', name, secret), stream);
      const { stream: end } = await review.stopped(`bad/${name}`);
      const { width, height } = end.video;
      s.say(`${name}: ${width} x ${height}, ${JSON.stringify(end.sampling)} ${end.notice ?? ''}`);
      await judge(end, await sink.published(name));
    });
  };
  const codecs = (publication) => publication.units.filter((u, i, all) => u.codec !== all[i - 1]?.codec).map((u) => u.codec);

  await through('map', await behindEachOther(s, [{ how: H264 }, { how: HEVC }, { how: H264 }]), (end, came) => {
    assert.deepEqual(codecs(came), ['h264', 'hevc', 'h264']);
    assert.ok(end.sampling.done > 3);
    assert.equal(end.sampling.skip_reason, null);
  });
  await through('sizes', await muxed(s, 25, await Promise.all(['320x180', '480x270', '426x240', '640x360', '320x240', '848x480'].map(async (size) =>
    readFile(await clip(s, 'h264', { size, seconds: 1 }))))), (end, came) => {
    assert.equal(end.video.width, 848);
    assert.equal(came.units.filter((u) => u.key).length, 6);
    assert.ok(end.sampling.done > 3);
  });
  await through('ten-bits', await behindEachOther(s, [{ format: 'yuv420p10le' }, { how: HEVC, format: 'yuv420p10le' }]), (end, came) => {
    assert.deepEqual(codecs(came), ['h264', 'hevc']);
    assert.ok(end.sampling.done > 2);
    assert.equal(end.sampling.skip_reason, null);
  });

  // Another sequence parameter set with each of 50 pictures a second.
  const [one, other] = await Promise.all(['320x180', '336x192'].map(async (size) => units(await clip(s, 'h264', { size, rate: 50, key: 1, seconds: 3 }))));
  const storm = await muxed(s, 50, one.map((unit, i) => (i % 2 ? other[i] : unit)));
  const { secret } = await weir.key('bad', 'storm');
  await witness.through('parameter sets', async () => {
    await send(s, port, streamId('bad', 'storm', secret), storm);
    await weir.says(/bad\/storm.*The codec configuration changes too often: more than 20 times a minute \(\[limits\] max_config_changes\)/);
    await review.stopped('bad/storm');
  });

  await witness.finish();
  const { body } = await weir.api('GET', 'system');
  assert.equal(body.analyzers_restarts, 0);
  assert.equal(body.srt_restarts ?? 0, 0);
});
