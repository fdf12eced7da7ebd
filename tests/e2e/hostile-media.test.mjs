// Pictures that are hard to decode, or meant to be: each is relayed as it came
// or refused by a limit that has a name, and the good stream that shares the
// analyzer is found out all the same.

import assert from 'node:assert/strict';
import { demux } from './lib/clips.mjs';
import { EnhancedSender } from './lib/enhanced-sender.mjs';
import { avcConfig, lengthPrefixed, pps, sps } from './lib/h264-sets.mjs';
import { run } from './lib/program.mjs';
import { byFourCc } from './lib/rtmp-bodies.mjs';
import { RtmpSink } from './lib/rtmp-sink.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir } from './lib/weir.mjs';
import { Witness } from './lib/witness.mjs';

const OPEN = { rtmp_require_key: false };
const NAL = { slice: 1, idr: 5 };
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0'];
const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:info=0', '-tag:v', 'hvc1'];

let clips = 0;

/** Messages of a clip of its own: pictures alone, a key frame each second. */
async function clip(s, { size = '320x180', seconds = 3, rate = 25, key = rate, how = X264, format = 'yuv420p' } = {}) {
  const file = s.path(`clip-${(clips += 1)}.mp4`);
  const picture = `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`;
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', picture, '-pix_fmt', format, '-g', String(key), '-keyint_min', String(key), ...how, file]);
  return demux(file);
}

/** One behind the other, STEP_MS between them. */
function joined(lists, stepMs = 40) {
  let from = 0;
  return lists.flatMap((list) => {
    const moved = list.map((m) => ({ ...m, dts: m.dts + from, pts: m.pts + from }));
    from = Math.max(...moved.map((m) => m.dts)) + stepMs;
    return moved;
  });
}

function nalsOf(data) {
  const list = [];
  for (let at = 0; at + 4 <= data.length; at += 4 + data.readUInt32BE(at)) list.push(data.subarray(at + 4, at + 4 + data.readUInt32BE(at)));
  return list;
}

const withNals = (change) => (m) => (m.config ? m : { ...m, data: lengthPrefixed(change(nalsOf(m.data), m)) });

/** Slices whose bytes, but for the first few, are others. */
const broken = withNals((nals) => nals.map((nal) => {
  if (![NAL.slice, NAL.idr].includes(nal[0] & 31)) return nal;
  return Buffer.from(nal.map((byte, i) => (i < 6 ? byte : (byte * 31 + i * 17) & 0xff || 1)));
}));

scenario('what is hard to decode is relayed or refused in words; who shares the analyzer notices nothing', async (s) => {
  const witness = await Witness.create(s);
  const sink = await RtmpSink.start(s, { enhanced: true });
  const weir = await Weir.start(s, {
    ...witness.sections,
    gate: { delay_ms: 500, grace_ms: 0 },
    analysis: { workers: 1 },
    ...Object.fromEntries(['bad', 'huge', 'few'].map((app) => [`egress ${app}`, { url: `rtmp://127.0.0.1:${sink.port}/live/{app}-{name}`, app }])),
    'app bad': OPEN,
    'app huge': { ...OPEN, limits_max_long_side: 0, limits_max_short_side: 0 },
    'app few': { ...OPEN, max_config_changes: 5 },
  });
  const review = await weir.review();
  await witness.start(weir, review);
  const send = (path, messages) => EnhancedSender.start(s, messages, `rtmp://127.0.0.1:${weir.port}/${path}`, (m) => [byFourCc(m)]);

  /** Goes through unchanged: the stream at its end. */
  const relayed = async (path, messages) => {
    assert.equal(await send(path, messages).finished(60000), null);
    const { stream } = await review.stopped(path);
    const came = await sink.published(path.replace('/', '-'));
    const sent = messages.filter((m) => !m.config);
    assert.equal(came.units.length, sent.length, 'as many pictures as were sent');
    came.units.forEach((unit, i) => assert.ok(unit.data.equals(sent[i].data) && unit.codec === sent[i].codec, `picture ${i} is what was sent`));
    s.say(`${path}: ${JSON.stringify(stream.sampling)}`);
    return stream;
  };
  const refused = async (path, messages, words) => {
    const { description } = await send(path, messages).finished(60000);
    assert.match(description, words);
    await weir.says(new RegExp(`${path}.*${words.source}`));
  };

  const sizes = ['320x180', '480x270', '426x240', '640x360', '320x240', '240x426', '848x480', '160x90'];
  const changing = joined(await Promise.all(sizes.map((size) => clip(s, { size, seconds: 1 }))));
  await witness.through('another size each second', async () => {
    const { sampling, video } = await relayed('bad/sizes', changing);
    assert.equal(video.width, 160, 'the last one is told');
    assert.ok(sampling.done > 1);
    assert.equal(sampling.skip_reason, null);
  });
  await witness.through('another size too often', () =>
    refused('few/sizes', changing, /The codec configuration changes too often: more than 5 times a minute \(\[limits\] max_config_changes\)/));

  const [config, ...pictures] = await clip(s);
  const giant = sps(16384, 16384);
  const claims = [{ ...config, config: avcConfig(giant, pps(0)) }, ...pictures];
  const inBand = [config, ...pictures.map(withNals((nals, m) => (m.key ? [giant, pps(0), ...nals] : nals)))];
  const tooLarge = /Pictures of 16384 x 16384 pixels are too large: at most 3840 by 2160 here \(\[limits\] max_long_side/;
  await witness.through('16384 x 16384, in the configuration', () => refused('bad/claims', claims, tooLarge));
  await witness.through('16384 x 16384, in a picture', () => refused('bad/inband', inBand, tooLarge));
  for (const [name, messages] of [['claims', claims], ['inband', inBand]]) {
    await witness.through(`16384 x 16384, let in: ${name}`, async () => {
      const { sampling, notice } = await relayed(`huge/${name}`, messages);
      assert.match(sampling.skip_reason, /16384 x 16384 pixels, at most 8192 x 4320 are analysed \(\[analysis\] max_long_side/);
      s.say(notice);
    });
  }

  await witness.through('broken slices', async () => {
    const { sampling } = await relayed('bad/broken', [config, ...pictures.map(broken)]);
    assert.ok(sampling.done + sampling.skipped > 0);
  });

  const hevc = await clip(s, { how: X265 });
  await witness.through('H.264, then HEVC, then H.264', async () => {
    const messages = joined([[config, ...pictures], hevc, [config, ...pictures]]);
    const { sampling, video } = await relayed('bad/codecs', messages);
    assert.equal(video.codec, 'h264');
    assert.ok(sampling.done > 2);
    assert.equal(sampling.skip_reason, null);
  });

  for (const [name, options] of Object.entries({
    'ten-bits': { how: X264, format: 'yuv420p10le' },
    'hevc-ten-bits': { how: X265, format: 'yuv420p10le' },
    interlaced: { how: [...X264, '-flags', '+ildct+ilme', '-x264-params', 'tff=1'], size: '320x192' },
  })) {
    await witness.through(name, async () => {
      const { sampling } = await relayed(`bad/${name}`, await clip(s, options));
      assert.ok(sampling.done > 0);
      assert.equal(sampling.skip_reason, null);
    });
  }

  // A storm of parameter sets: a new picture parameter set with every picture,
  // all of them key frames.
  const [fastConfig, ...fast] = await clip(s, { rate: 100, key: 1, seconds: 4 });
  await witness.through('a new parameter set with each of 100 pictures a second', async () => {
    const { sampling } = await relayed('bad/storm', [fastConfig, ...fast.map((m, i) =>
      ({ ...m, data: Buffer.concat([lengthPrefixed([pps(1 + (i % 200))]), m.data]) }))]);
    assert.ok(sampling.done > 0);
  });
  await witness.through('the same configuration with each of 100 pictures a second', async () => {
    const { sampling } = await relayed('bad/same', fast.flatMap((m) => [{ ...fastConfig, dts: m.dts, pts: m.dts }, m]));
    assert.equal(sampling.skip_reason, null);
  });
  const [otherConfig] = await clip(s, { rate: 100, key: 1, seconds: 1, size: '336x192' });
  await witness.through('another configuration with each of 100 pictures a second', () =>
    refused('bad/configs', fast.flatMap((m, i) => [{ ...(i % 2 ? fastConfig : otherConfig), dts: m.dts, pts: m.dts }, m]),
      /The codec configuration changes too often: more than 20 times a minute \(\[limits\] max_config_changes\)/));

  await witness.finish();
  const { body } = await weir.api('GET', 'system');
  assert.equal(body.analyzers_restarts, 0, 'no picture brought the analyzer down');
  assert.equal(body.analyzers_apart, 0);
});
