// What no encoder should send ends its own connection and nobody else's.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { assertRelayed } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { audioOf, rewrite, units } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN, FLAGGED } from './lib/places.mjs';
import { RtmpClient } from './lib/rtmp-client.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const LIMIT = 65536;
const VIDEO = 9;
const isKey = (tag) => tag.type === VIDEO && tag.body[0] >> 4 === 1 && tag.body[1] === 1;
const isPicture = (tag) => tag.type === VIDEO && tag.body[1] === 1;

scenario('bad input is refused with the right words, others are not disturbed', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 1000, key_frame_timeout_ms: 1500 },
    rtmp: { max_message_bytes: LIMIT, handshake_timeout_ms: 1500, publish_timeout_ms: 3000, max_connections_per_address: 250 },
    'egress out': nginx.egress,
    'app free': { rtmp_require_key: false },
  });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 14 });
  const steady = publish(s, file, await weir.publishUrl('live', 'steady'));
  await review.waitFor('stream.started');
  const clients = [];
  const client = () => clients[clients.push(new RtmpClient(weir.port)) - 1];
  s.add({ close: () => clients.forEach((c) => c.close()) });

  const web = client();
  web.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  await web.refused();
  await weir.says(/handshake: first byte is 71, not 3: it looks like HTTP/);

  const noise = client();
  noise.write(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + 5) & 255)));
  await noise.refused();
  await weir.says(/handshake: first byte is 5, not 3: it is no known version of RTMP/);

  const half = client();
  half.write([3], Buffer.alloc(700));
  const began = Date.now();
  await half.refused();
  assert.ok(Date.now() - began >= 1400, 'it had its time');
  await weir.says(/no handshake within 1500 ms/);

  const silent = client();
  await silent.connect('free');
  assert.match(await silent.refused(), /no publish within 3000 ms/);

  const unasked = client();
  await unasked.handshake();
  unasked.command('publish', 1, null, 'x', 'live');
  await unasked.refused();
  await weir.says(/a command before connect/);

  const garbled = client();
  await garbled.connect('free');
  garbled.write(Buffer.alloc(3000, 0xee));
  await garbled.refused();

  const large = client();
  await large.publish('free', 'large');
  large.head(VIDEO, LIMIT + 1);
  await large.refused();
  await weir.says(new RegExp(`message of type 9 is ${LIMIT + 1} bytes long, the limit is ${LIMIT}`));

  // Many connections that never say a word: those over the limit are closed at
  // once, the others when their time is over.
  const idle = Array.from({ length: 300 }, client);
  await weir.says(/refused: too many connections of one address/);
  await Promise.all(idle.map((c) => c.refused(20000)));

  const flagged = await source(s, FLAGGED, { seconds: 5, name: 'flagged.flv' });
  const soundOnly = await source(s, FLAGGED, { seconds: 3, name: 'sound.flv', only: ['-vn'] });
  const sound = publish(s, soundOnly, await weir.publishUrl('live', 'sound'));
  await review.waitFor('stream.updated', (m) => m.stream.path === 'live/sound' && /sound only/.test(m.stream.notice ?? ''));
  await sound.finished();

  // Its key frames are gone: refused when the time for one is over.
  const headless = s.path('headless.flv');
  writeFileSync(headless, rewrite(flagged, (list) => list.filter((tag) => !isKey(tag))));
  const blind = publish(s, headless, await weir.publishUrl('live', 'blind'));
  await blind.ended();
  assert.match(blind.text, /no key frame came: nothing of this video can be shown/);

  // It begins in the middle of a GOP: relayed from its first key frame on.
  const torn = s.path('torn.flv');
  writeFileSync(torn, rewrite(flagged, (list) => {
    const second = list.findIndex((tag, i) => isKey(tag) && i > 40);
    return list.filter((tag, i) => i > second - 20 || !(isPicture(tag) || tag.type === 8) || (tag.type === 8 && tag.body[1] === 0));
  }));
  const middle = publish(s, torn, await weir.publishUrl('live', 'middle'));
  await middle.finished();

  await steady.finished();
  const end = await review.stopped('live/steady');
  assert.equal(end.stream.session, 1);
  assertRelayed(await nginx.recorded('steady'), file);
  await review.stopped('live/sound');
  const heard = audioOf(units(await nginx.recorded('sound')));
  assert.ok(heard.every((u, i) => u.data.equals(audioOf(units(soundOnly))[i].data)) && heard.length === audioOf(units(soundOnly)).length);
  await review.stopped('live/middle');
  const pictures = units(await nginx.recorded('middle')).filter((u) => u.kind === 'video');
  assert.ok(pictures.length > 20 && pictures[0].key, 'from a key frame on');
  assert.equal((await weir.fetch('/healthz')).status, 200);
});
