// What a recording must and must not have of a source.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { audioOf, configs, units, videoOf } from './flv.mjs';

/** Small units (a repeated picture, silence) may stand in a file by chance. */
const TELLING_BYTES = 64;

const same = (a, b) => a.length === b.length && a.every((u, i) => u.data.equals(b[i].data));

/** Every unit, in order, byte for byte, with its composition time. */
export function assertSameUnits(got, sent) {
  for (const [kind, of] of [['video', videoOf], ['audio', audioOf]]) {
    const [g, s] = [of(got), of(sent)];
    assert.equal(g.length, s.length, `${kind}: as many units as were sent`);
    assert.ok(same(g, s), `${kind}: byte for byte, in order`);
    assert.deepEqual(g.map((u) => u.pts - u.dts), s.map((u) => u.pts - u.dts), `${kind}: composition times`);
    assert.deepEqual(g.map((u) => u.dts - g[0].dts), s.map((u) => u.dts - s[0].dts), `${kind}: distances in time`);
  }
}

/** LIST with decoding times that rise in each track, as the gateway sends
 * them on; pictures are shown when they were. */
export function withRisingTimes(list) {
  const last = {};
  return list.map((u) => {
    last[u.kind] = Math.max(u.dts, (last[u.kind] ?? -Infinity) + 1);
    return { ...u, dts: last[u.kind], pts: Math.max(u.pts, last[u.kind]) };
  });
}

/** The same of files, with their codec configurations. */
export function assertRelayed(recording, source) {
  assertSameUnits(units(recording), units(source));
  for (const one of configs(source)) assert.ok(configs(recording).includes(one), 'codec configurations');
}

/** Units of SOURCE shown in [fromMs, toMs), times counted from its first
 * packet, that can be told from all others. */
export function unitsOfSpan(source, fromMs, toMs = Infinity) {
  const all = units(source);
  const inside = (u) => u.pts - all[0].dts >= fromMs && u.pts - all[0].dts < toMs;
  return all.filter((u) => u.data.length >= TELLING_BYTES && inside(u) && !all.some((o) => !inside(o) && o.data.equals(u.data)));
}

/** Which of LIST stand anywhere in RECORDING, as bytes. */
export function foundIn(recording, list) {
  const data = readFileSync(recording);
  return list.filter((u) => data.includes(u.data));
}

/** Decoding times rise strictly per track; picture begins on a key frame. */
export function assertClean(recording) {
  const list = units(recording);
  for (const of of [videoOf, audioOf]) {
    const track = of(list);
    track.forEach((u, i) => assert.ok(i === 0 || u.dts > track[i - 1].dts, `DTS rise: ${track[i - 1]?.dts}, ${u.dts}`));
  }
  if (videoOf(list).length > 0) assert.ok(videoOf(list)[0].key, 'the first picture is a key frame');
}

/** Pictures of RECORDING by their place in SOURCE, -1 for unknown ones. */
export function placesIn(source, recording) {
  const sent = videoOf(units(source));
  let from = 0;
  return videoOf(units(recording)).map((u) => {
    const at = sent.findIndex((o, i) => i >= from && o.data.equals(u.data));
    if (at >= 0) from = at + 1;
    return at;
  });
}
