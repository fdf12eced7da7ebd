// Connections that say nothing, next to nothing or nonsense, in numbers: each
// is closed in its time, good streams lose nothing, the log stays readable.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { Attackers, connectAndClose, drip } from './lib/attacks.mjs';
import { source } from './lib/ffmpeg.mjs';
import { CLEAN, PROGRAM } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { Steady, farEnd } from './lib/steady.mjs';
import { until } from './lib/wait.mjs';
import { DEFAULTS, NOT_LOOKED_AT, Weir, configText } from './lib/weir.mjs';

const OPEN = { rtmp_require_key: false };
const TLS_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

async function start(s, rtmp) {
  const { sink, egress } = await farEnd(s, 'live');
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 1000, grace_ms: 0 },
    rtmp,
    'egress out': egress,
    'app live': OPEN,
    'app free': OPEN,
  });
  const steady = await Steady.start(s, weir, sink, await source(s, CLEAN, { seconds: 10 }));
  return { weir, steady, attackers: new Attackers(s, weir.port) };
}

/** HTTP requests whose heads are never finished. The API, which is asked for
 * figures throughout, goes on. */
function slowHttp(s, port) {
  const sockets = Array.from({ length: 150 }, (_, i) => {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.5' });
    socket.on('error', () => {}).on('data', () => {});
    socket.write(i % 2 ? 'GET /healthz HTTP/1.1\r\nX-Slow: ' : 'G');
    return socket;
  });
  s.add({ close: () => sockets.forEach((socket) => socket.destroy()) });
  return sockets;
}

const allRefused = (clients) => Promise.all(clients.map((c) => c.refused(20000)));
const closed = (clients) => clients.filter((c) => c.socket.destroyed).length;

scenario('slow and silent connections are closed in their time', async (s) => {
  const { weir, steady, attackers } = await start(s, { handshake_timeout_ms: 1500, publish_timeout_ms: 3000 });

  await steady.through('handshake drips', async () => {
    const slow = attackers.clients(50, '127.0.0.2');
    for (const client of slow) drip(client, [3, 0, 0]);
    for (const said of await allRefused(slow)) assert.equal(said, '', 'without a handshake there are no words');
    await weir.says(/127\.0\.0\.2:\d+: refused: no handshake within 1500 ms/);
  });
  await steady.through('commands drip', async () => {
    const slow = attackers.clients(20, '127.0.0.3');
    await Promise.all(slow.map((c) => c.handshake()));
    for (const client of slow) {
      client.head(20, 60000, { csid: 3, stream: 0 });
      drip(client, [2], 50); // less than a chunk until then
    }
    for (const said of await allRefused(slow)) assert.match(said, /no publish within 3000 ms/);
  });
  await steady.through('half-open', async () => {
    const half = attackers.client('127.0.0.4', { allowHalfOpen: true });
    await half.connect('free');
    half.socket.end();
    const gone = attackers.client('127.0.0.4', { allowHalfOpen: true });
    await gone.publish('free', 'half');
    gone.socket.end();
    await allRefused([half, gone]);
    await until(async () => (await weir.stream('free/half')) === undefined, 10000, 'its stream has ended');
  });
  await steady.finish();
});

scenario('a thousand connections are bounded, each address for itself', async (s) => {
  const { weir, steady, attackers } = await start(s, {
    handshake_timeout_ms: 2500,
    max_connections: 500,
    max_connections_per_address: 150,
  });

  await steady.through('one address', async () => {
    const many = attackers.clients(200, '127.0.0.2');
    await until(() => closed(many) === 50, 10000, 'those over the limit are closed');
    await weir.says(/127\.0\.0\.2: refused: too many connections of one address/);
    await attackers.client('127.0.0.3').connect('free');
    assert.equal(closed(many), 50, 'those within it stay');
    await allRefused(many);
  });
  await steady.through('a thousand', async () => {
    const many = Array.from({ length: 8 }, (_, i) => attackers.clients(125, `127.0.2.${1 + i}`)).flat();
    await until(() => closed(many) >= 500, 10000, 'those over the limit are closed');
    await weir.says(/127\.0\.2\.\d: refused: too many connections \(/);
    await allRefused(many);
  });
  await attackers.client('127.0.0.3').connect('free');
  const lines = weir.program.err.list.filter((line) => /refused: too many connections/.test(line));
  const seconds = new Set(lines.map((line) => line.slice(0, 19)));
  assert.ok(lines.length <= seconds.size + 1, `a line a second:\n${lines.join('\n')}`);
  await steady.finish();
});

scenario('nonsense and haste cost little and fill no log', async (s) => {
  const { weir, steady, attackers } = await start(s, { handshake_timeout_ms: 1500 });
  const slow = slowHttp(s, new URL(weir.url).port);

  await steady.through('connect and close', () => connectAndClose(attackers, 4000));
  for (const [name, bytes, words] of [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /first byte is 71, not 3: it looks like HTTP/],
    ['TLS', TLS_HELLO, /first byte is 22, not 3: it looks like TLS/],
    ['garbage', Buffer.alloc(100000, 0xee), /first byte is 238, not 3: it is no known version of RTMP/],
  ]) {
    await steady.through(name, async () => {
      const client = attackers.client();
      client.write(bytes);
      await client.refused();
      await weir.says(words);
    });
  }
  await steady.through('much garbage', async () => {
    const refuse = (client) => {
      client.write([0xee]);
      return client.refused();
    };
    await Promise.all(attackers.clients(150, '127.0.0.2').map(refuse));
    await until(async () => {
      await refuse(attackers.client('127.0.0.2'));
      return weir.program.err.list.some((line) => /more refusals were not written down/.test(line));
    }, 5000, 'the log says how many it left out');
    const lines = weir.program.err.list.filter((line) => /refused: handshake/.test(line));
    const seconds = new Set(lines.map((line) => line.slice(0, 19)));
    assert.ok(lines.length <= 20 * (seconds.size + 1), `${lines.length} lines in ${seconds.size} seconds`);
  });
  assert.equal((await weir.fetch('/healthz')).status, 200);
  await until(() => slow.every((socket) => socket.destroyed), 25000, 'the gateway closes the slow HTTP connections');
  await steady.finish();
});

scenario('connections cannot use up the files that others need', async (s) => {
  const file = s.path('weir.conf');
  const egress = { url: 'rtmp://127.0.0.1/{app}/{name}' };
  writeFileSync(file, configText({ ...DEFAULTS, rtmp: { ...DEFAULTS.rtmp, max_connections: 700 }, 'egress a': egress, 'egress b': egress }));
  const limited = (limits) => {
    const weir = s.add(new Program('weir', 'sh', ['-c', `${limits}; exec "$0" --config "$1"`, PROGRAM, file]));
    weir.close = () => weir.kill();
    return weir;
  };
  const weir = limited('ulimit -Sn 500');
  await weir.says(/rtmp port \d+/);
  const [, files] = readFileSync(`/proc/${weir.pid}/limits`, 'latin1').match(/Max open files +(\d+)/);
  assert.equal(Number(files), 700 * 3 + 1024);
  await weir.kill();
  await limited('ulimit -n 1500').says(/1500 files may be open, \[rtmp\] max_connections and the egresses come to 3124/);
});
