// A good stream that is looked at by the same analyzers: whatever others send,
// it goes out as it came in, and what is listed is still found in it.

import assert from 'node:assert/strict';
import { publish, source } from './ffmpeg.mjs';
import { units, videoOf } from './flv.mjs';
import { Nginx } from './nginx.mjs';
import { FLAGGED } from './places.mjs';
import { until } from './wait.mjs';
import { WITH_BANK } from './weir.mjs';

const NAME = 'witness';
const PATH = `live/${NAME}`;

export class Witness {
  /** Its .sections are for the gateway's configuration: where it goes, and what
   * is listed. */
  static async create(s) {
    const witness = new Witness();
    witness.s = s;
    witness.nginx = await Nginx.start(s);
    witness.sections = { ...WITH_BANK, 'egress witness': { ...witness.nginx.egress, app: 'live' } };
    return witness;
  }

  async start(weir, review) {
    this.weir = weir;
    this.review = review;
    this.file = await source(this.s, FLAGGED, { from: 10, seconds: 4, name: 'witness.flv' });
    this.ffmpeg = publish(this.s, this.file, await weir.publishUrl('live', NAME), { loop: -1 });
    this.case = await review.caseOpened(PATH);
  }

  async #hits() {
    const { body } = await this.weir.api('GET', `cases/${this.case.id}`);
    return body.hits;
  }

  /** What is listed is found in it again. */
  async isLookedAt() {
    const before = await this.#hits();
    await until(async () => (await this.#hits()) > before, 20000, 'what is listed is found in the good stream');
  }

  /** Meanwhile and afterwards. */
  async through(name, attack) {
    const began = performance.now();
    await Promise.all([attack(), this.isLookedAt()]);
    await this.isLookedAt();
    this.s.say(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }

  /** Ends it: all that came out is what was sent, in order. */
  async finish() {
    this.ffmpeg.signal('SIGINT');
    const { stream } = await this.review.stopped(PATH);
    assert.equal(stream.session, 1);
    const sent = videoOf(units(this.file));
    const got = videoOf(units(await this.nginx.recorded(NAME)));
    assert.ok(got.length > sent.length, `${got.length} pictures came`);
    got.forEach((unit, i) => assert.ok(unit.data.equals(sent[i % sent.length].data), `picture ${i} of ${got.length} is what was sent`));
  }
}
