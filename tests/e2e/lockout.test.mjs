// Who guesses keys is not listened to for a while; others are.

import assert from 'node:assert/strict';
import net from 'node:net';
import { RtmpClient } from './lib/rtmp-client.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const UNKNOWN = 'The stream key is not known here. Check application, stream name and key.';

/** What the gateway says to NAME from ADDRESS: 'in', or its words. HEADER: what
 * a proxy says first. */
async function attempt(s, weir, name, address = '127.0.0.1', header = '') {
  const socket = net.connect({ port: weir.port, host: '127.0.0.1', localAddress: address });
  const client = s.add(new RtmpClient(weir.port, socket));
  client.write(Buffer.from(header));
  await client.ask('live', name);
  const text = await client.received.first((all) => /NetStream\.Publish\.(Start|Denied|BadName)/.test(all), 10000, 'publish is answered');
  client.close();
  if (text.includes('NetStream.Publish.Start')) return 'in';
  await client.closed;
  return text.slice(text.lastIndexOf('onStatus')).replace(/[^ -~]+/g, ' ');
}

const metric = async (weir, name) => {
  const text = await (await weir.fetch('/metrics')).text();
  return Number(text.match(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm'))[1]);
};

scenario('after ten wrong keys even the right one is refused, but not elsewhere', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 0, grace_ms: 0 }, rtmp: { refusal_delay_ms: 20, lockout_ms: 6000, takeover_ms: 0 } });
  const key = await weir.key('live', 'cam');
  const wrong = 'guess-no-0815';
  const right = `cam?key=${key.secret}`;
  const words = new Set();

  for (let i = 0; i < 9; i += 1) words.add(await attempt(s, weir, `cam?key=${wrong}`));
  // A right one clears them, so that nobody who mistypes now and then is hit.
  assert.equal(await attempt(s, weir, right), 'in');
  for (let i = 0; i < 10; i += 1) words.add(await attempt(s, weir, `cam${i}?key=${wrong}`));
  await weir.says(/admission: 127\.0\.0\.1: locked out for 6 s after 10 wrong keys/);
  assert.equal(await metric(weir, 'weir_addresses_locked_out'), 1);
  const refused = await attempt(s, weir, right);
  words.add(refused);
  assert.ok(refused.includes(UNKNOWN), refused);
  assert.equal(words.size, 1, 'the words are the same for all');
  assert.equal(await attempt(s, weir, right, '127.0.0.2'), 'in');
  assert.equal(await metric(weir, 'weir_publishers_total{result="wrong_key"}'), 19);
  assert.ok(await metric(weir, 'weir_publishers_total{result="locked_out"}') >= 1);

  await until(async () => (await attempt(s, weir, right)) === 'in', 20000, 'the lock-out runs out');
  assert.equal(await metric(weir, 'weir_addresses_locked_out'), 0);
  for (const secret of [wrong, key.secret]) assert.ok(!weir.program.err.list.some((line) => line.includes(secret)));
});

scenario('behind a proxy the publisher is locked out, not the proxy', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp: { proxy_from: '127.0.0.1', refusal_delay_ms: 0, lockout_failures: 3 } });
  const key = await weir.key('live', 'cam');
  const by = (address, name) => attempt(s, weir, name, '127.0.0.1', `PROXY TCP6 ${address} ::1 4711 1935\r\n`);

  // An IPv6 network of one owner is one.
  for (let i = 1; i <= 3; i += 1) assert.match(await by(`2001:db8::${i}`, 'cam?key=wrong'), /not known here/);
  await weir.says(/admission: 2001:db8::: locked out/);
  assert.match(await by('2001:db8::4', `cam?key=${key.secret}`), /not known here/);
  assert.equal(await by('2001:db8:0:1::1', `cam?key=${key.secret}`), 'in');
});

scenario('0 turns it off', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp: { refusal_delay_ms: 0, lockout_failures: 0 } });
  const key = await weir.key('live', 'cam');
  for (let i = 0; i < 12; i += 1) assert.match(await attempt(s, weir, 'cam?key=wrong'), /not known here/);
  assert.equal(await attempt(s, weir, `cam?key=${key.secret}`), 'in');
});

scenario('the log says what the publisher is not told', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp: { refusal_delay_ms: 1, lockout_failures: 1 } });
  const key = await weir.key('live', 'cam');

  const words = [await attempt(s, weir, 'cam?key=wrong'), await attempt(s, weir, `cam?key=${key.secret}`)];
  assert.equal(words[0], words[1]);
  await weir.says(/admission: 127\.0\.0\.1:\d+: may not publish in application live: its key is not in the table/);
  await weir.says(/admission: 127\.0\.0\.1:\d+: may not publish in application live: its address is locked out/);
  assert.equal((await weir.api('GET', 'system')).body.addresses_locked_out, 1);
});
