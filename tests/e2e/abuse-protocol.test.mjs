// Connections that speak RTMP and mean harm: each is told what it did and
// closed; good streams lose nothing.

import assert from 'node:assert/strict';
import { AAC_CONFIG, Attackers, TYPE, begin, connectBomb, flood, setChunkSize } from './lib/attacks.mjs';
import { source } from './lib/ffmpeg.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { Steady, farEnd } from './lib/steady.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const OPEN = { rtmp_require_key: false };
const LIMIT = 2 * 1024 * 1024;
const TOO_OFTEN = /more than 100 messages a second that are neither sound nor picture/;

/** Before connect the gateway's words come in chunks of 128 bytes. */
const NEXT_CHUNK = '\xc5';
const ping = Buffer.from([2, 0, 0, 0, 0, 0, 6, TYPE.userControl, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1]);
const chunkSize = Buffer.from([2, 0, 0, 0, 0, 0, 4, TYPE.setChunkSize, 0, 0, 0, 0, 0, 0, 0, 128]);

async function start(s) {
  const { sink, egress } = await farEnd(s, 'live');
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 1000, grace_ms: 0 },
    rtmp: { max_message_bytes: LIMIT },
    'egress out': egress,
    'app live': OPEN,
    'app free': OPEN,
  });
  const steady = await Steady.start(s, weir, sink, await source(s, CLEAN, { seconds: 10 }));
  const attackers = new Attackers(s, weir.port);
  let published = 0;

  /** From BEFORE (handshake, connect, publish) on SEND; WORDS go to the
   * attacker, or to the log when nothing can be said to it. */
  const ends = (name, before, send, words) => steady.through(name, async () => {
    const from = weir.program.err.list.length;
    const client = attackers.client();
    if (before === 'handshake') await client.handshake();
    else if (before === 'connect') await client.connect('free');
    else await client.publish('free', `bad-${++published}`);
    await send(client);
    assert.match((await client.refused()).replaceAll(NEXT_CHUNK, ''), words);
    await weir.says(words, 10000, from);
  });
  return { weir, steady, attackers, ends };
}

scenario('sizes that are only claimed take no memory and end the connection', async (s) => {
  const { steady, ends } = await start(s);
  await ends('16 MiB before connect', 'handshake', (c) => c.head(TYPE.command, 0xffffff), /a message of type 20 is 16777215 bytes long, the limit is 65536/);
  await ends('16 MiB before publish', 'connect', (c) => c.head(TYPE.data, 0xffffff), /type 18 is 16777215 bytes long, the limit is 65536/);
  await ends('picture before publish', 'connect', (c) => c.head(TYPE.video, 65537), /type 9 is 65537 bytes long, the limit is 65536/);
  await ends('picture too large', 'publish', (c) => c.head(TYPE.video, LIMIT + 1), /type 9 is 2097153 bytes long, the limit is 2097152/);
  await ends('sound too large', 'publish', (c) => c.head(TYPE.audio, 65537), /type 8 is 65537 bytes long, the limit is 65536/);
  await ends('half filled before publish', 'connect', (c) => {
    for (let csid = 4; csid < 7; csid += 1) begin(c, TYPE.data, 65536, csid);
  }, /more than 131072 bytes of unfinished messages/);
  await ends('half filled', 'publish', (c) => {
    for (let csid = 4; csid < 13; csid += 1) begin(c, TYPE.video, LIMIT, csid);
  }, /more than 16777216 bytes of unfinished messages/);
  await ends('chunk streams', 'publish', (c) => {
    for (let csid = 70; csid < 140; csid += 1) begin(c, TYPE.audio, 200, csid);
  }, /more than 64 chunk streams/);
  await ends('chunk size 0', 'connect', (c) => setChunkSize(c, 0), /chunk size 0 is not allowed/);
  await ends('chunk size 2 GiB', 'connect', (c) => setChunkSize(c, 0x7fffffff), /chunk size 2147483647 is above the limit of 16777216/);
  await ends('chunks of one byte', 'publish', (c) => {
    setChunkSize(c, 1);
    c.head(TYPE.video, LIMIT, { csid: 4 });
    return flood(c, Buffer.alloc(65536, 0xc4));
  }, /a message came in more than 65536 chunks/);
  await steady.finish();
});

scenario('floods of messages and values out of bounds end the connection', async (s) => {
  const { weir, steady, attackers, ends } = await start(s);
  const bomb = (what) => (c) => c.message(TYPE.command, connectBomb(what), { csid: 3, stream: 0 });
  await ends('AMF depth', 'handshake', bomb({ depth: 100 }), /AMF0: .*(deep|nested)/);
  await ends('AMF members', 'handshake', bomb({ members: 1000 }), /AMF0: too many values/);
  await ends('AMF string', 'handshake', bomb({ string: 0x7fffffff }), /AMF0: a string is too long/);
  await ends('AMF string that is not there', 'handshake', bomb({ string: 50000 }), /AMF0: a string ends after the data/);
  await ends('pings', 'publish', (c) => flood(c, Buffer.concat(Array(200).fill(ping))), TOO_OFTEN);
  await ends('set chunk size', 'connect', (c) => flood(c, Buffer.concat(Array(200).fill(chunkSize))), TOO_OFTEN);
  await ends('createStream', 'connect', (c) => {
    for (let i = 0; i < 600; i += 1) c.command('createStream', i + 2, null);
  }, TOO_OFTEN);
  await ends('two connects', 'connect', (c) => c.command('connect', 1, { app: 'free' }), /a second connect/);
  await ends('two publishes', 'publish', (c) => c.command('publish', 4, null, 'other', 'live'), /a second publish/);
  await ends('media before publish', 'connect', (c) => c.message(TYPE.audio, AAC_CONFIG), /media before publish/);
  await ends('data before publish', 'connect', async (c) => {
    setChunkSize(c, 65536);
    c.head(TYPE.data, 65536, { csid: 4 });
    await flood(c, Buffer.alloc(65537, 0xc4));
  }, /more than 262144 bytes before publish/);

  // It asks and asks and reads no answer: words would not be read either.
  await steady.through('answers not read', async () => {
    const deaf = attackers.client();
    await deaf.publish('free', 'deaf');
    const from = weir.program.err.list.length;
    deaf.socket.pause();
    flood(deaf, Buffer.concat(Array(200).fill(ping)));
    await weir.says(TOO_OFTEN, 10000, from);
    deaf.socket.resume();
    await deaf.refused();
  });
  await steady.finish();
});
