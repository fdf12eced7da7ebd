// Who may publish: keys, names, words of refusal, secrets that stay secret.

import assert from 'node:assert/strict';
import { query, holds } from './lib/database.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const UNKNOWN = /The stream key is not known here\. Check application, stream name and key\./;

/** The line in which ffmpeg shows the server's words. */
async function refusal(s, file, url) {
  const ffmpeg = publish(s, file, url);
  const { code } = await ffmpeg.ended(15000);
  assert.notEqual(code, 0, ffmpeg.text);
  const line = ffmpeg.err.list.find((l) => /Server error/.test(l));
  assert.ok(line, ffmpeg.text);
  return line.replace(/^.*Server error: /, '');
}

scenario('wrong keys and names are refused with words, alike for every one', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 500 }, 'app open': { rtmp_require_key: false } });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 2 });
  const key = await weir.key('live', 'cam');
  const rtmp = `rtmp://127.0.0.1:${weir.port}`;

  const words = [];
  for (const target of [
    `live/cam?key=${'x'.repeat(43)}`, // wrong key
    'live/cam', // none
    'live/cam?key=', // an empty one
    `live/other?key=${key.secret}`, // another name's
    `nowhere/cam?key=${key.secret}`, // another application's
  ]) {
    words.push(await refusal(s, file, `${rtmp}/${target}`));
  }
  for (const one of words) assert.match(one, UNKNOWN);
  assert.equal(new Set(words).size, 1, words.join('\n'));

  assert.match(await refusal(s, file, `${rtmp}/open/b%40d!`), /stream's name may have 1 to 128 letters/);
  assert.match(await refusal(s, file, `${rtmp}/op,en/cam`), /application's name may have 1 to 128 letters/);
  assert.deepEqual((await weir.api('GET', 'streams')).body, [], 'nothing refused is a stream');

  // The right key, in the two ways in which it may be given, and no key where
  // none is needed.
  const bare = publish(s, file, `${rtmp}/live/${key.secret}`, { rate: 0 });
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/cam');
  await bare.finished();
  await review.stopped('live/cam');
  const open = publish(s, file, `${rtmp}/open/anybody`, { rate: 0 });
  await review.waitFor('stream.started', (m) => m.stream.path === 'open/anybody');
  await open.finished();

  // A second publisher of the same name doesn't disturb the first.
  const first = publish(s, file, `${rtmp}/live/cam?key=${key.secret}`, { rate: 1 });
  const from = review.mark;
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/cam', 15000, from);
  assert.match(await refusal(s, file, `${rtmp}/live/cam?key=${key.secret}`), /being published already/);
  await first.finished();
  await review.stopped('live/cam', 15000, from);

  const rotated = await weir.api('POST', `keys/${key.id}/rotate`);
  assert.equal(rotated.status, 200);
  assert.notEqual(rotated.body.secret, key.secret);
  assert.equal(await refusal(s, file, `${rtmp}/live/cam?key=${key.secret}`), words[0], 'the old secret is nobody\'s');
  await publish(s, file, `${rtmp}/live/cam?key=${rotated.body.secret}`, { rate: 0 }).finished();

  const listed = (await weir.api('GET', 'keys')).body;
  assert.deepEqual(listed.map((k) => [k.app, k.name, k.secret]), [['live', 'cam', undefined]]);
  const [row] = await query(weir, 'SELECT * FROM stream_key');
  assert.match(row.hash, /^[0-9a-f]{64}$/);
  for (const secret of [key.secret, rotated.body.secret, weir.token]) {
    assert.ok(!holds(weir, secret), 'no secret is in the database');
    assert.ok(!weir.lines().some((line) => line.includes(secret)), 'no secret is in the log');
  }
  assert.equal((await weir.api('DELETE', `keys/${key.id}`)).status, 200);
  assert.equal(await refusal(s, file, `${rtmp}/live/cam?key=${rotated.body.secret}`), words[0]);
});
