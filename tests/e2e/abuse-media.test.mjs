// Publishers that are admitted and then send too much, too often, too far
// apart: they are told so or straightened; good streams lose nothing.

import assert from 'node:assert/strict';
import { AAC_CONFIG, Attackers, TYPE, again, flood, paced, setChunkSize } from './lib/attacks.mjs';
import { source } from './lib/ffmpeg.mjs';
import { tags } from './lib/flv.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { Steady, counted, farEnd } from './lib/steady.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const OPEN = { rtmp_require_key: false };
const DAY_MS = 86400000;
const CHUNK = 8 * 1024 * 1024;
const PICTURE = [0x17, 1, 0, 0, 0]; // a key frame of H.264 in FLV

const silence = (length) => Buffer.concat([Buffer.from([0xaf, 1]), Buffer.alloc(length, 0x21)]);
const nalUnit = (bytes) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** A message in one chunk; TIME has 32 bits. */
function whole(type, body, time = 0) {
  const extended = time >= 0xffffff;
  const head = Buffer.alloc(extended ? 16 : 12);
  head[0] = 4;
  head.writeUIntBE(extended ? 0xffffff : time, 1, 3);
  head.writeUIntBE(body.length, 4, 3);
  head[7] = type;
  head[8] = 1;
  if (extended) head.writeUInt32BE(time, 12);
  return Buffer.concat([head, body]);
}

scenario('publishers out of bounds are told so or straightened', async (s) => {
  const good = await farEnd(s, 'live');
  const bad = await farEnd(s, 'straight');
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 1000, grace_ms: 0 },
    rtmp: { idle_timeout_ms: 1500 },
    'egress good': good.egress,
    'egress bad': bad.egress,
    'app live': OPEN,
    'app free': OPEN,
    'app straight': OPEN,
    'app slow': { ...OPEN, max_bitrate_kbps: 8000 },
  });
  const file = await source(s, CLEAN, { seconds: 10 });
  const steady = await Steady.start(s, weir, good.sink, file);
  const attackers = new Attackers(s, weir.port);
  const config = tags(file).find(({ type, body }) => type === TYPE.video && body[1] === 0).body;
  const sps = config.subarray(13, 13 + config.readUInt16BE(11));

  const publisher = async (path) => {
    const client = attackers.client();
    await client.publish(...path.split('/'));
    setChunkSize(client, CHUNK);
    return client;
  };
  const ends = (name, path, send, words) => steady.through(name, async () => {
    const client = await publisher(path);
    await send(client);
    assert.match(await client.refused(), words);
    await weir.says(words);
  });

  await ends('200 Mbit/s', 'slow/fast', (c) => {
    const filler = nalUnit(Buffer.concat([Buffer.from([12]), Buffer.alloc(500000, 0xff)]));
    c.write(whole(TYPE.video, config));
    return flood(c, whole(TYPE.video, Buffer.concat([Buffer.from(PICTURE), filler])));
  }, /More than 8000 kbit\/s arrive/);
  await ends('200 Mbit/s of a second track', 'slow/second', (c) => {
    const head = Buffer.from([0x96, 0x01, ...Buffer.from('avc1'), 1, 0, 0, 0]); // multitrack: one, number 1
    return flood(c, whole(TYPE.video, Buffer.concat([head, Buffer.alloc(500000, 0xff)])));
  }, /More than 8000 kbit\/s arrive/);
  await ends('frames of three bytes', 'free/tiny', (c) => {
    c.write(whole(TYPE.audio, AAC_CONFIG), whole(TYPE.audio, silence(1), 1));
    return flood(c, again(4, silence(1), 5000));
  }, /more than 2000 messages of sound and picture a second/);
  await ends('empty frames', 'free/empty', (c) => {
    c.write(whole(TYPE.audio, Buffer.alloc(0)));
    return flood(c, Buffer.alloc(5000, 0xc4));
  }, /more than 100 messages a second that are neither sound nor picture/);
  await ends('parameter sets', 'free/sets', (c) => {
    const sets = Buffer.concat([Buffer.from(PICTURE), ...Array(10000).fill(nalUnit(sps))]);
    c.write(whole(TYPE.video, config), whole(TYPE.video, sets));
  }, /more than 32 sequence parameter sets/);
  await ends('silence', 'free/silent', (c) => c.write(whole(TYPE.audio, AAC_CONFIG)), /nothing received for 1500 ms/);

  // Nobody is to blame for a clock: a day between any two frames, there and
  // back, comes out as time that rises.
  await steady.through('clock that jumps by days', async () => {
    const client = await publisher('straight/clock');
    client.write(whole(TYPE.audio, AAC_CONFIG));
    await paced(client, 60, 25, (i) => client.write(whole(TYPE.audio, silence(50), (i % 7) * DAY_MS)));
    assert.equal((await weir.stream('straight/clock')).state, 'live');
    client.command('deleteStream', 5, null, 1);
    await client.sees('NetStream.Unpublish.Success');
  });

  // The largest there is, sixty times a second: 31 Mbit/s of metadata.
  await steady.through('metadata', async () => {
    const client = await publisher('free/words');
    const name = Buffer.from('\x02\x00\x0aonMetaData', 'latin1');
    const most = Buffer.concat([name, Buffer.from([12, 0, 0, 0xff, 0xe0]), Buffer.alloc(65536 - 18, 0x61)]);
    await paced(client, 120, 1000 / 60, () => client.write(whole(TYPE.data, most)));
    assert.equal((await weir.stream('free/words')).state, 'live');
    client.close();
  });

  await steady.finish();
  const straightened = await counted(bad.sink);
  assert.equal(straightened.reordered, 0);
  assert.equal(straightened.messages, 60);
});
