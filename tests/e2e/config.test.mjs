// Configuration errors: exit status 2 and one line that says where and what.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { BANK, CONSOLE, PROGRAM, TESTS } from './lib/places.mjs';
import { Program, run } from './lib/program.mjs';

// AddressSanitizer ends a program that asks for so much.
const HUGE = process.env.WEIR_SANITIZED
  ? /weir\.conf: \[scorer x\] model: .*huge\.onnx: an analyzer with it ended with status 1$/
  : /weir\.conf: \[scorer x\] model: .*huge\.onnx: OpenCV can't run it: Failed to allocate 40000000000 bytes$/;

const GOOD = `[rtmp]\naddress = 127.0.0.1\nport = 0\n[http]\nport = 0\nconsole_dir = ${CONSOLE}\n`;

async function ask(...args) {
  const program = new Program('weir', PROGRAM, args);
  try {
    const { code } = await program.ended(60000);
    return { code, out: program.out.list, err: program.err.list };
  } finally {
    await program.kill();
  }
}

const RED = path.join(TESTS, 'data/models/red');
const scorer = (model, side = 32) => `${GOOD}[scorer x]\nmodel = ${model}.onnx\nwidth = ${side}\nheight = ${side}\n`;

const CASES = [
  ['an unknown key', `${GOOD}delay = 5\n`, /weir\.conf:7: \[http\] delay: unknown key/],
  ['a duplicate key', `${GOOD}[gate]\ndelay_ms = 1\ndelay_ms = 2\n`, /weir\.conf:9: \[gate\] delay_ms: stands twice/],
  ['a duplicate section', `${GOOD}[rtmp]\n`, /weir\.conf:7: .*\[rtmp\] stands twice/],
  ['an unknown section', `${GOOD}[gates]\n`, /weir\.conf:7: .*no section \[gates\]/],
  ['a number out of range', `${GOOD}[gate]\ndelay_ms = 900000\n`, /weir\.conf:8: \[gate\] delay_ms: 900000 is out of range/],
  ['a word for a number', `${GOOD}[gate]\ndelay_ms = soon\n`, /weir\.conf:8: \[gate\] delay_ms: "soon" is not a whole number/],
  ['a bad choice', `${GOOD}[sampling]\nmode = some\n`, /weir\.conf:8: \[sampling\] mode: "some" is none of/],
  ['a missing key', `${GOOD}[egress out]\napp = live\n`, /weir\.conf: \[egress out\] url: must be given/],
  ['an egress that is no address', `${GOOD}[egress out]\nurl = http://x/\n`, /weir\.conf: \[egress out\] url: /],
  ['roots that are not there', `${GOOD}[egress out]\nurl = rtmps://x/a/n\nca_file = none.pem\n`, /weir\.conf: \[egress out\] ca_file: .*none\.pem: No such file/],
  ['a certificate that is not there', `${GOOD}[rtmps]\ncertificate = none.pem\n`, /weir\.conf: \[rtmps\] certificate: .*none\.pem: No such file/],
  ['a certificate that is none', `${GOOD}[rtmps]\ncertificate = bad.csv\n`, /weir\.conf: \[rtmps\] certificate: .*bad\.csv: no start line/],
  ['an address that is none', GOOD.replace('127.0.0.1', 'localhost'), /weir\.conf: \[rtmp\] address: "localhost" is no IPv4 or IPv6 address/],
  ['an address for TLS that is none', `${GOOD}[rtmps]\naddress = 1.2.3\n`, /weir\.conf: \[rtmps\] address: "1\.2\.3" is no IPv4 or IPv6 address/],
  ['a proxy that is no network', `${GOOD}[sampling]\n`.replace('port = 0', 'port = 0\nproxy_from = 10.0.0.0/8, lan'), /weir\.conf: \[rtmp\] proxy_from: "lan" is no address/],
  ['a slate picture that is none', `${GOOD}[gate]\nslate_picture = bad.csv\n`, /weir\.conf: \[gate\] slate_picture: .*bad\.csv is not a PNG file of at most 4 MiB/],
  ['a slate picture that is not there', `${GOOD}[app live]\ngate_slate_picture = none.png\n`, /weir\.conf: \[app live\] gate_slate_picture: .*none\.png/],
  ['a slate text that is too long', `${GOOD}[gate]\nslate_text = ${'x'.repeat(1025)}\n`, /weir\.conf: \[gate\] slate_text: 1025 bytes, at most 1024 of UTF-8 are drawn/],
  ['a bank that is not there', `${GOOD}[bank b]\nfile = nowhere.csv\n`, /weir\.conf: .*\[bank b\].*nowhere\.csv/],
  ['a policy with an unknown key', `${GOOD}[policy p]\nscore = 3\n`, /weir\.conf:8: \[policy p\] score: unknown key/],
  ['a policy out of range', `${GOOD}[policy p]\nradius = 64\n`, /weir\.conf:8: \[policy p\] radius: 64 is out of range/],
  ['a policy for a bank that is not there', `${GOOD}[policy p]\nbank = b\n`, /weir\.conf: \[policy p\] bank: there is no \[bank b\]/],
  ['a policy for a scorer that is not there', `${GOOD}[policy p]\nscorer = b\n`, /weir\.conf: \[policy p\] scorer: there is no \[scorer b\]/],
  ['a policy that asks for too much', `${GOOD}[policy p]\nhits = 3\nof = 2\n`, /weir\.conf: \[policy p\] hits: 3 pictures can't be found among 2 \(of\)/],
  ['policies that contradict each other', `${GOOD}[policy p]\n[policy q]\naction = cut\n`, /weir\.conf: \[policy p\] action: it never counts: whatever it finds, \[policy q\] finds too and does cut/],
  ['a scorer without a model', `${GOOD}[scorer x]\n`, /weir\.conf: \[scorer x\] model: is not set/],
  ['a model that is not there', `${GOOD}[scorer x]\nmodel = none.onnx\n`, /weir\.conf: \[scorer x\] model: .*none\.onnx.*No such file/],
  ['a model that is none', `${GOOD}[scorer x]\nmodel = bad.csv\n`, /weir\.conf: \[scorer x\] model: .*bad\.csv: this is no whole ONNX file/],
  ['a model of which OpenCV knows a layer not', scorer('unknown'), /weir\.conf: \[scorer x\] model: .*unknown\.onnx: OpenCV can't run it: Can't create layer .* of type "GlobalAveragePull"$/],
  ['a model that wants too much memory', scorer('huge'), HUGE],
  ['a model whose score is no number', scorer('nan'), /weir\.conf: \[scorer x\] model: .*nan\.onnx: the score is not a number$/],
  ['a model that takes too long', `${scorer('slow', 512)}[analysis]\nhang_timeout_ms = 100\n`, /weir\.conf: \[scorer x\] model: .*slow\.onnx: a picture takes \d+ ms .* must answer within 100 ms \(\[analysis\] hang_timeout_ms\)$/],
  ['a model without such an output', `${scorer(RED)}output = 2\n`, /weir\.conf: \[scorer x\] model: .*red\.onnx: the model has 2 outputs, there is no output 2$/],
  ['the second of two models', `${scorer(RED)}[scorer y]\nmodel = nan.onnx\nwidth = 32\nheight = 32\n`, /weir\.conf: \[scorer y\] model: .*nan\.onnx: the score is not a number$/],
  ['a bank of which nothing can be used', `${GOOD}[bank b]\nfile = bad.csv\n`, /\[bank b\].*bad\.csv.*line 1: the header has no column hash/],
  ['a bank of a header alone', `${GOOD}[bank b]\nfile = only.csv\n`, /\[bank b\] file: .*only\.csv: a header and no hash behind it/],
];

test('every error in the configuration is one line and exit status 2', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'weir-e2e-'));
  const config = path.join(folder, 'weir.conf');
  try {
    await writeFile(path.join(folder, 'bad.csv'), `file,quality\n${'3a'.repeat(32)},100\n`);
    await writeFile(path.join(folder, 'mixed.csv'), `hash,quality\n${'3a'.repeat(32)},100\nxyz,100\n`);
    await run('python3', [path.join(TESTS, 'data/models/make-models.py'), folder]);
    await writeFile(path.join(folder, 'only.csv'), 'hash,quality\n');
    await writeFile(path.join(folder, 'none.csv'), 'signal_type,signal_str,collab,category,tags\n');
    for (const [name, text, words] of CASES) {
      await t.test(name, async () => {
        await writeFile(config, text);
        for (const args of [['--check-config', config], ['--config', config]]) {
          const { code, out, err } = await ask(...args);
          assert.equal(code, 2, err.join('\n'));
          assert.equal(err.length, 1, err.join('\n'));
          assert.match(err[0], words);
          assert.deepEqual(out, []);
        }
      });
    }
    await t.test('a good one is accepted', async () => {
      await writeFile(config, `${GOOD}[bank b]\nfile = ${BANK}\n[egress out]\nurl = rtmp://127.0.0.1/{app}/{name}\n`);
      const { code, err } = await ask('--check-config', config);
      assert.equal(code, 0, err.join('\n'));
    });
    await t.test('a model with a convolution is accepted', async () => {
      await writeFile(config, scorer(`${RED}-conv`));
      const { code, err } = await ask('--check-config', config);
      assert.deepEqual([code, err], [0, []]);
    });
    await t.test('a bad line in a bank is named and left out', async () => {
      await writeFile(config, `${GOOD}[bank b]\nfile = mixed.csv\n`);
      const { code, out, err } = await ask('--check-config', config);
      assert.equal(code, 0, err.join('\n'));
      assert.match([...out, ...err].join('\n'), /lists: b: line 3 is left out: hash has something other than a hex digit/);
    });
    await t.test('an empty list of another program is warned of', async () => {
      await writeFile(config, `${GOOD}[bank b]\nfile = none.csv\n`);
      const { code, out, err } = await ask('--check-config', config);
      assert.equal(code, 0, err.join('\n'));
      assert.match([...out, ...err].join('\n'), /lists: b: \S+none\.csv has a header and no hash/);
    });
    await t.test('a file that is not there', async () => {
      const { code, err } = await ask('--config', path.join(folder, 'none.conf'));
      assert.deepEqual([code, err.length], [2, 1]);
    });
    await t.test('no configuration, and an unknown option', async () => {
      for (const args of [[], ['--nonsense']]) {
        const { code, err } = await ask(...args);
        assert.deepEqual([code, err.length], [2, 1], err.join('\n'));
      }
    });
    await t.test('the reference page is the one in the repository', async () => {
      const { code, out } = await ask('--settings-reference');
      assert.equal(code, 0);
      assert.equal(`${out.join('\n')}`.trimEnd(), readFileSync(path.resolve(TESTS, '../gateway/settings.md'), 'utf8').trimEnd());
    });
    await t.test('--version', async () => {
      const { code, out, err } = await ask('--version');
      assert.deepEqual([code, err], [0, []]);
      assert.match(out.join('\n'), /^weir \d+\.\d+\.\d+$/);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
