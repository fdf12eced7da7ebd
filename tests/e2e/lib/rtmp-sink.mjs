// A distribution server that can be made to announce Enhanced RTMP. Keeps the
// coded units it is sent.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { decode, encode } from './amf0.mjs';
import { fourCcs, readBody } from './rtmp-bodies.mjs';
import { AUDIO, ChunkReader, chunks, COMMAND, SET_CHUNK_SIZE, VIDEO } from './rtmp-chunks.mjs';
import { Happenings } from './wait.mjs';

const HANDSHAKE = 1536;
const CHUNK = 4096;
const WINDOW_ACK = 5;
const PEER_BANDWIDTH = 6;
const WINDOW_BYTES = 2500000;
const CAN_DECODE = 1;

const capable = (kind) => Object.fromEntries(fourCcs(kind).map((cc) => [cc, CAN_DECODE]));
const CAPABILITIES = {
  fourCcList: [...fourCcs('video'), ...fourCcs('audio')],
  videoFourCcInfoMap: capable('video'),
  audioFourCcInfoMap: capable('audio'),
  capsEx: 0,
};

/** What came for one name: {kind, codec, carried, key, dts, pts, data} in
 * order, and the last configuration of each kind. */
class Publication {
  units = [];
  configs = {};
  error = null;

  take({ type, time, body }) {
    const { config, composition, ...unit } = readBody(type === VIDEO ? 'video' : 'audio', body);
    if (config) this.configs[unit.kind] = config;
    else this.units.push({ ...unit, dts: time, pts: time + composition });
  }
}

class Connection {
  #reader = new ChunkReader();
  #before = Buffer.alloc(0); // of the handshake
  #shaken = false;
  #name = null;

  constructor(sink, socket) {
    this.sink = sink;
    this.socket = socket;
    socket.on('data', (data) => this.#take(data));
    socket.on('error', () => {});
    socket.on('close', () => this.#ended());
  }

  #take(data) {
    if (this.#shaken) this.#messages(data);
    else this.#handshake(data);
  }

  #handshake(data) {
    const had = this.#before.length;
    this.#before = Buffer.concat([this.#before, data]);
    const answered = had > HANDSHAKE;
    if (!answered && this.#before.length > HANDSHAKE) {
      const c1 = this.#before.subarray(1, 1 + HANDSHAKE);
      this.socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(HANDSHAKE), c1]));
    }
    if (this.#before.length < 1 + 2 * HANDSHAKE) return;
    this.#shaken = true;
    this.#messages(this.#before.subarray(1 + 2 * HANDSHAKE));
  }

  #messages(data) {
    try {
      for (const message of this.#reader.feed(data)) this.#message(message);
    } catch (error) {
      const publication = this.sink.publications.get(this.#name);
      if (publication) publication.error = error;
      this.socket.destroy();
    }
  }

  #message(message) {
    if (message.type === COMMAND) this.#command(...decode(message.body));
    else if (message.type === VIDEO || message.type === AUDIO) this.sink.publications.get(this.#name).take(message);
  }

  #command(command, transaction, object, name) {
    switch (command) {
      case 'connect':
        this.#control(WINDOW_ACK, WINDOW_BYTES);
        this.#control(PEER_BANDWIDTH, WINDOW_BYTES, 2);
        this.#control(SET_CHUNK_SIZE, CHUNK);
        this.#answer('_result', transaction, { fmsVer: 'FMS/3,0,1,123', capabilities: 31, ...this.sink.announced }, {
          level: 'status',
          code: 'NetConnection.Connect.Success',
          description: 'welcome',
          objectEncoding: 0,
        });
        break;
      case 'createStream':
        this.#answer('_result', transaction, null, 1);
        break;
      case 'publish':
        this.#name = name;
        this.sink.publications.set(name, new Publication());
        this.#answer('onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start', description: name });
        break;
      case 'deleteStream':
        this.#ended();
        break;
      default: // releaseStream, FCPublish, FCUnpublish: courtesies
    }
  }

  #control(type, value, ...bytes) {
    const body = Buffer.from([0, 0, 0, 0, ...bytes]);
    body.writeUInt32BE(value);
    this.socket.write(chunks(type, body, { csid: 2, stream: 0 }));
  }

  #answer(command, ...values) {
    const body = Buffer.concat([command, ...values].map(encode));
    this.socket.write(chunks(COMMAND, body, { csid: 3, stream: command === 'onStatus' ? 1 : 0, chunk: CHUNK }));
  }

  #ended() {
    if (this.#name !== null) this.sink.ended.add(this.#name);
    this.#name = null;
  }
}

export class RtmpSink {
  publications = new Map();
  ended = new Happenings();
  #server;
  #sockets = new Set();

  /** ENHANCED: announces the codecs of Enhanced RTMP; otherwise silent about
   * them, as servers are that know none. */
  static async start(s, { enhanced }) {
    const sink = s.add(new RtmpSink());
    sink.announced = enhanced ? CAPABILITIES : {};
    sink.#server = net.createServer((socket) => {
      sink.#sockets.add(socket);
      new Connection(sink, socket);
    });
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    sink.port = sink.#server.address().port;
    return sink;
  }

  get url() {
    return `rtmp://127.0.0.1:${this.port}/live/{name}`;
  }

  /** All that was published as NAME, once it has ended. */
  async published(name, ms = 20000) {
    await this.ended.first((one) => one === name, ms, `the sink has all of ${name}`);
    const publication = this.publications.get(name);
    assert.ifError(publication.error);
    return publication;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
