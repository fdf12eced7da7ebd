// A publisher of Enhanced RTMP: sends messages of lib/clips.mjs as they play,
// in whatever bodies a test wants.

import { setTimeout as passes } from 'node:timers/promises';
import { fourCcs } from './rtmp-bodies.mjs';
import { AUDIO, VIDEO } from './rtmp-chunks.mjs';
import { RtmpClient } from './rtmp-client.mjs';
import { within } from './wait.mjs';

const TYPE = { video: VIDEO, audio: AUDIO };
const CAN_ENCODE = 2;

const encodes = (kind) => Object.fromEntries(fourCcs(kind).map((cc) => [cc, CAN_ENCODE]));
const CAPABILITIES = {
  fourCcList: [...fourCcs('video'), ...fourCcs('audio')],
  videoFourCcInfoMap: encodes('video'),
  audioFourCcInfoMap: encodes('audio'),
  capsEx: 0,
};

export class EnhancedSender {
  #client;
  #sent;

  /** Publishes MESSAGES to URL, a Weir.publishUrl (). BODIES (message) gives
   * what to send for each, a list. ANNOUNCED: connects with the codecs it can
   * send; OBS, for one, doesn't. */
  static start(s, messages, url, bodies, { announced = true } = {}) {
    const sender = s.add(new EnhancedSender());
    const { port, pathname, search } = new URL(url);
    const [, app, name] = pathname.split('/');
    sender.#client = new RtmpClient(Number(port));
    sender.#sent = sender.#send(messages, bodies, [app, name + search, announced ? CAPABILITIES : {}]);
    sender.#sent.catch(() => {}); // who waits is told
    return sender;
  }

  async #send(messages, bodies, publishing) {
    const client = this.#client;
    let open = true;
    client.closed.then(() => {
      open = false;
    });
    await client.publish(...publishing);
    const began = performance.now();
    for (const message of messages) {
      const early = message.dts - (performance.now() - began);
      if (early > 0) await Promise.race([passes(early), client.closed]);
      if (!open) return client.status;
      for (const body of bodies(message)) {
        client.message(TYPE[message.kind], body, { csid: TYPE[message.kind], time: message.dts });
      }
    }
    client.command('deleteStream', 9, null, 1);
    client.finish();
    await client.closed;
    return null;
  }

  /** Null when all has been sent, what the gateway said when it closed before:
   * {code, description}. */
  finished(ms = 30000) {
    return within(this.#sent, ms, 'the sender has sent all');
  }

  close() {
    this.#client.close();
  }
}
