// weirctl on a real gateway: what it shows, does and refuses.

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { publish, source } from './lib/ffmpeg.mjs';
import { BUILD, FLAGGED, TESTS } from './lib/places.mjs';
import { Program, run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir, WITH_BANK } from './lib/weir.mjs';

const WEIRCTL = path.join(BUILD, 'gateway/weirctl');
const COMPLAINT = /Sanitizer|runtime error:|CRITICAL|WARNING/;

/** Runs weirctl to its end: {code, out, err}. */
async function weirctl(env, ...args) {
  const program = new Program('weirctl', WEIRCTL, args, { env: { G_DEBUG: 'fatal-warnings', ...env } });
  const { code } = await program.ended();
  const out = program.out.list.join('\n');
  const err = program.err.list.join('\n');
  assert.doesNotMatch(err, COMPLAINT);
  if (env.WEIR_TOKEN) assert.ok(!(out + err).includes(env.WEIR_TOKEN), 'the token is not shown');
  return { code, out, err };
}

/** weirctl for this gateway; fails unless it succeeds. Gives what it says. */
function controller(weir) {
  const env = { WEIR_URL: weir.url, WEIR_TOKEN: weir.token };
  const ctl = async (...args) => {
    const { code, out, err } = await weirctl(env, ...args);
    assert.deepEqual({ code, err }, { code: 0, err: '' }, out);
    return out;
  };
  ctl.json = async (...args) => JSON.parse(await ctl('--json', ...args));
  ctl.refused = async (...args) => {
    const { code, out, err } = await weirctl(env, ...args);
    assert.deepEqual({ code, out }, { code: 1, out: '' }, err);
    return err;
  };
  return ctl;
}

/** Rows of a table by the words of its first line. */
function table(text) {
  const [head, ...lines] = text.split('\n');
  const titles = head.split(/ {2,}/);
  return lines.map((line) => {
    const cells = line.trim().split(/ {2,}/);
    assert.equal(cells.length, titles.length, text);
    return Object.fromEntries(titles.map((title, i) => [title, cells[i]]));
  });
}

const CHANGE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    db.execute('DROP TRIGGER "' + name + '"')
db.execute(sys.argv[2])
db.commit()
`;

/** Changes the database of a gateway that doesn't run, as somebody would who
 * has the file and knows of the triggers that guard the trail. */
async function change(weir, sql) {
  await run('python3', ['-c', CHANGE, weir.database, sql]);
}

scenario('weirctl: a stream from its key to its cut', async (s) => {
  const weir = await Weir.start(s, { ...WITH_BANK, gate: { delay_ms: 5000 } });
  const ctl = controller(weir);
  const review = await weir.review();

  const created = await ctl('key', 'create', 'live/cam', '--publisher', 'ann');
  const [, secret] = created.match(/^server: rtmp:\/\/127\.0\.0\.1\/live\nkey: +cam\?key=(\S+)$/m);
  assert.equal(created.split(secret).length, 2, 'the secret stands there once');
  const [key] = table(await ctl('key', 'list'));
  assert.deepEqual([key.STREAM, key.PUBLISHER, key.ROTATED], ['live/cam', 'ann', '-']);
  assert.match(await ctl.refused('key', 'create', 'live/cam'), /^weirctl: live\/cam has a key already/);
  const rotated = await ctl.json('key', 'rotate', 'live/cam');
  assert.notEqual(rotated.secret, secret);

  assert.equal(await ctl('streams'), 'No streams.');
  const file = await source(s, FLAGGED, { from: 4, seconds: 16 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam', rotated.secret));
  const c = await review.caseOpened('live/cam');
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done > 0 && m.stream.video.bitrate_bps > 0);

  const [stream] = table(await ctl('streams'));
  assert.deepEqual([stream.STREAM, stream.STATE, stream.DELAY, stream.GATE], ['live/cam', 'live', '5.0 s', 'pass']);
  assert.match(stream.PICTURE, /^h264 \d+x\d+$/);
  assert.match(stream['DONE/SKIPPED'], /^[1-9]\d*\/0$/);
  assert.ok(Number(stream['KBIT/S']) > 0);

  const [row] = table(await ctl('cases'));
  assert.ok(c.id.startsWith(row.ID), row.ID);
  assert.deepEqual([row.STREAM, row.BANK, row.ENTRY, row.VERDICT], ['live/cam', 'demo', c.entry, '-']);
  assert.match(row['PUBLIC IN'], /^(\d\.\d s|\d+ ms|public)$/);

  assert.match(await ctl('blank', 'live/cam', '--reason', 'look'), /^live\/cam is blanked from [\d.]+ s\. Exposure: \d+ ms\.$/);
  assert.match(await ctl('mute', 'live/cam'), /^live\/cam is muted from [\d.]+ s\.$/);
  const [closedName] = table(await ctl('closed', 'list'));
  assert.deepEqual([closedName.STREAM, closedName.CLOSED, closedName.ON, closedName.UNTIL, closedName.BY], ['live/cam', 'mute', 'yes', 'opened', 'admin']);
  assert.match(await ctl('unmute', 'live/cam'), /^live\/cam is muted no more from [\d.]+ s\.$/);
  assert.match(await ctl('redact', 'live/cam', '1000', '1000.5'), /^live\/cam is redacted from 1000\.000 s to 1000\.500 s\. Exposure: 0 ms\.$/);
  assert.match(await ctl('dump', 'live/cam', '0.5'), /^live\/cam is dumped from [\d.]+ s to [\d.]+ s\. Exposure: 0 ms\.$/);
  assert.match(await ctl('delay', 'live/cam', '9'), /^live\/cam is held otherwise from [\d.]+ s\.$/);
  await ctl.refused('delay', 'live/cam', '601');
  assert.match(await ctl('sample', 'live/cam', '2', '--reason', 'look closer'), /^live\/cam: 2\. About \d+\.\d\d % of a core\.$/);
  assert.equal((await ctl.json('streams'))[0].sampling.mode, 'fps');
  assert.deepEqual(table(await ctl('cases')).map((one) => [one['PUBLIC IN'], one.VERDICT]), [['withheld', 'blank for now']]);
  // The blank is the case's.
  assert.equal(await ctl('closed'), 'No closed names.');
  assert.match(await ctl('resume', 'live/cam'), /^live\/cam passes again from [\d.]+ s\.$/);
  assert.match(await ctl('decide', row.ID, 'blank'), /^Case \S+: blank until a verdict\./);
  assert.match(
    await ctl('decide', row.ID, 'cut', '--note', 'gesehen: größer'),
    new RegExp(`^Case ${c.id}: cut\\. Exposure: \\d+ ms\\. Time to cut: \\d+\\.\\d ms\\.$`),
  );
  assert.match(await ctl.refused('decide', c.id.toUpperCase(), 'release'), /^weirctl: admin decided otherwise: cut\.$/);
  assert.equal(await ctl.refused('decide', '00', 'cut'), 'weirctl: there is no case "00"');
  await ffmpeg.ended();
  assert.equal(await ctl('cases'), 'No open cases.');
  const [closed] = table(await ctl('cases', '--all'));
  assert.deepEqual([closed.ID, closed.VERDICT, closed['PUBLIC IN']], [row.ID, 'cut', '-']);
  assert.equal((await ctl.json('cases'))[0].note, 'gesehen: größer');

  const [bar] = table(await ctl('bar', 'list'));
  assert.deepEqual([bar.STREAM, bar.PUBLISHER, bar.CASE], ['live/cam', 'ann', c.id]);
  assert.equal(await ctl('bar', 'lift', 'live/cam', '--reason', 'appeal'), 'live/cam is barred no more.');
  assert.equal(await ctl('bar'), 'No bars.');
  assert.equal(await ctl.refused('bar', 'lift', 'live/cam'), 'weirctl: live/cam is not barred.');
  assert.equal(await ctl('key', 'delete', 'live/cam'), 'The key of live/cam is deleted.');
  assert.equal(await ctl.refused('key', 'delete', 'live/cam'), 'weirctl: live/cam has no key');

  const trail = table(await ctl('trail', '--limit', '3'));
  assert.deepEqual(trail.map((r) => r.ACTION), ['key.delete', 'stream.unbar', 'case.cut']);
  assert.equal(trail[1].DETAIL, '{"reason":"appeal"}');
  const whole = await ctl.json('trail', '--limit', '5000');
  assert.equal(whole.length, whole[0].number);
  assert.equal(await ctl('trail', '--verify'), `${whole.length} records, the chain holds. Newest: ${whole.length} ${whole[0].hash}`);

  const status = await ctl('status');
  assert.match(status, /^ready +yes$/m);
  assert.match(status, /^analyzers +1 of 1 ready, 0 restarts$/m);
  assert.match(status, /^busy +\d+ %$/m);
  assert.match(status, /^held +\d+ of \d+ MiB$/m);
  assert.match(status, /^locked out +0 addresses$/m);
  const system = await ctl.json('status');
  assert.equal(system.store, 'ok');
  assert.equal(await ctl('--version'), `weirctl ${system.version}`);
});

scenario('weirctl trail --verify names the first broken record', async (s) => {
  const weir = await Weir.start(s, NOT_LOOKED_AT);
  const ctl = controller(weir);
  // More than one page of the API.
  const records = 1100;
  for (let i = 1; i < records; i += 25) {
    await Promise.all(Array.from({ length: 25 }, (_, j) => weir.key('live', `k${i + j}`)));
  }
  const { records: count, ok } = await ctl.json('trail', '--verify');
  assert.ok(ok && count > records, `${count} records`);
  assert.equal((await ctl.json('trail', '--limit', '1050')).length, 1050);

  const broken = async (sql) => {
    await weir.stop();
    await change(weir, sql);
    await weir.start();
    const env = { WEIR_URL: weir.url, WEIR_TOKEN: weir.token };
    const json = await weirctl(env, 'trail', '--verify', '--json');
    assert.equal(JSON.parse(json.out).ok, false);
    const { code, err } = await weirctl(env, 'trail', '--verify');
    assert.equal(code, 1);
    return err;
  };
  assert.equal(
    await broken("UPDATE trail SET actor = 'user:nobody' WHERE number = 900"),
    'weirctl: the trail is broken, first at record 900: it is not what was hashed',
  );
  assert.equal(
    await broken('DELETE FROM trail WHERE number = 50'),
    'weirctl: the trail is broken, first at record 51: record 50 is missing',
  );
});

scenario('weirctl: wrong calls and a gateway that is not there', async (s) => {
  const env = { WEIR_TOKEN: 'not-a-token', WEIR_URL: 'http://127.0.0.1:1' };
  const usage = async (words, ...args) => {
    const { code, out, err } = await weirctl(env, ...args);
    assert.deepEqual({ code, out, err }, { code: 2, out: '', err: `weirctl: ${words}` });
  };
  await usage('no command; see weirctl --help');
  await usage('there is no command "strems". Did you mean "streams"?', 'strems');
  await usage('there is no command "frobnicate"; see weirctl --help', 'frobnicate', 'a.jpg');
  await usage('there is no command "\\x1b[2J"; see weirctl --help', '\x1b[2J');
  await usage('there is no key command "rotat". Did you mean "rotate"?', 'key', 'rotat', 'live/cam');
  await usage('there is no bank command "disabel". Did you mean "disable"?', 'bank', 'disabel', 'known', 'film');
  await usage('give --until or --for', 'bank', 'disable', 'known', 'film');
  await usage('give --until or --for', 'bank', 'disable', 'known', 'film', '--for', '1h', '--until', '2030-12-24 18:00');
  await usage('"tomorrow" is no time like "2030-12-24 18:00"', 'bank', 'disable', 'known', 'film', '--until', 'tomorrow');
  await usage('"2w" is no time like 30m, 2h or 7d, of at most ten years', 'bank', 'disable', 'known', 'film', '--for', '2w');
  await usage('--until and --for are for disable', 'bank', 'enable', 'known', 'film', '--for', '2h');
  await usage('there is no closed command "lst". Did you mean "list"?', 'closed', 'lst');
  await usage('there is no verdict "ban", only: cut, blank, release', 'decide', 'x', 'ban');
  await usage('"often" is none of keyframes, all, off, or pictures a second', 'sample', 'live/cam', 'often');
  await usage('"cam" is not a stream: APP/NAME is expected, e.g. live/cam1', 'cut', 'cam');
  await usage('"../x" is not a stream: APP/NAME is expected, e.g. live/cam1', 'cut', '../x');
  await usage('expected: one stream, APP/NAME', 'key', 'create');
  await usage('"x" is too much: no argument is expected', 'streams', 'x');
  await usage('Unknown option --note', 'streams', '--note', 'x');
  await usage('the token is empty or holds characters that no token has', 'streams', '--token', 'a\r\nX-Evil: 1');
  await usage("the gateway's address must be http://HOST[:PORT] or https://HOST[:PORT]", 'streams', '--url', 'file:///etc/passwd');
  await usage("the gateway's address must be http://HOST[:PORT] or https://HOST[:PORT]", 'streams', '--url', 'http://u:p@localhost');

  const none = await weirctl({}, 'streams');
  assert.deepEqual([none.code, none.err], [2, 'weirctl: no token: set WEIR_TOKEN, or give --token-file or --token']);
  const gone = await weirctl(env, 'streams');
  assert.deepEqual([gone.code, gone.err], [1, 'weirctl: no answer from http://127.0.0.1:1: nobody listens there']);

  for (const args of [['--help'], ['streams', '--help'], ['--version'], ['streams', '--version']]) {
    const { code, err, out } = await weirctl({}, ...args);
    assert.deepEqual([code, err], [0, ''], out);
  }
  const script = (await weirctl({}, 'completion', 'bash')).out;
  assert.equal(`${script}\n`, readFileSync(path.resolve(TESTS, '../scripts/completion/weirctl.bash'), 'utf8'));
  const complete = async (...words) => {
    const ask = 'eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weirctl; echo "${COMPREPLY[@]}"';
    return (await run('bash', ['-c', ask, 'bash', script, ...words])).out.list[0];
  };
  assert.equal(await complete('weirctl', 's'), 'status streams sample scan');
  assert.equal(await complete('weirctl', '--json', 'decide', 'x', ''), 'cut blank release');
  assert.equal(await complete('weirctl', 'trail', '--v'), '--version --verify');
  assert.equal(await complete('weirctl', 'bank', 'dis'), 'disable');
  assert.equal(await complete('weirctl', 'bank', 'disable', 'b', 'film', '--f'), '--format --for');
});

scenario('weirctl: refusals, tokens from files, and a hostile server', async (s) => {
  const weir = await Weir.start(s, NOT_LOOKED_AT);
  const file = s.path('token');
  writeFileSync(file, `${weir.token}\n`);
  chmodSync(file, 0o600);
  assert.equal((await weirctl({}, '--url', `${weir.url}/`, '--token-file', file, 'streams')).out, 'No streams.');
  const stranger = await weirctl({ WEIR_URL: weir.url, WEIR_TOKEN: 'not-a-token' }, 'streams');
  assert.deepEqual([stranger.code, stranger.err], [1, 'weirctl: Log in, or send a bearer token.']);
  assert.equal(await controller(weir).refused('blank', 'live/cam'), 'weirctl: There is no stream live/cam now.');

  const answers = {
    '/api/v1/streams': [200, JSON.stringify([{ path: '\x1b]0;x\x07', notice: 'a\nb\x9b\u202e' }])],
    '/api/v1/bars': [503, JSON.stringify({ error: 'not_durable', message: 'bad\x1b[31m' })],
    '/api/v1/keys': [302, ''],
    '/api/v1/cases': [200, '{"not": "a list"}'],
    '/readyz': [503, 'no\x1b[31mthing\n'],
    '/api/v1/system': [200, '{}'],
  };
  const asked = [];
  const server = http.createServer((request, response) => {
    const [status, body] = answers[request.url] ?? [200, 'x'.repeat(65 * 1024 * 1024)];
    asked.push(request.url);
    response.writeHead(status, { location: '/elsewhere' });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = `http://127.0.0.1:${server.address().port}`;
    const env = { WEIR_URL: address, WEIR_TOKEN: 'abc', http_proxy: 'http://127.0.0.1:1' };
    const streams = await weirctl(env, 'streams');
    assert.equal(streams.code, 0);
    assert.match(streams.out, /^\\x1b\]0;x\\x07 .* a\\x0ab\\xc2\\x9b\\xe2\\x80\\xae$/m);
    const json = await weirctl(env, 'streams', '--json');
    assert.match(json.out, /\\u001b.*\\u009b\\u202e/);
    assert.deepEqual(JSON.parse(json.out), JSON.parse(answers['/api/v1/streams'][1]));
    const words = async (...args) => {
      const { code, err } = await weirctl(env, ...args);
      assert.equal(code, 1);
      return err;
    };
    assert.equal(await words('bar'), 'weirctl: bad\\x1b[31m');
    assert.equal(await words('key'), `weirctl: ${address} answers with status 302 and no reason; is it a weir?`);
    assert.equal(await words('cases'), `weirctl: ${address} answers with something else than expected; is it a weir?`);
    assert.equal(await words('status'), 'weirctl: not ready: no\\x1b[31mthing');
    assert.equal(await words('trail'), `weirctl: ${address} answers with more than 64 MiB`);
    assert.ok(!asked.includes('/elsewhere'), 'no redirect is followed');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
