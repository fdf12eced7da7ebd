// GStreamer's RTMP sinks as publishers.

import assert from 'node:assert/strict';
import { Program, run } from './program.mjs';

class GstPublisher extends Program {
  lines() {
    return [...this.out.list, ...this.err.list].map((line) => `${this.name}: ${line}`);
  }

  close() {
    return this.kill();
  }

  async finished(ms = 60000) {
    const { code } = await this.ended(ms);
    assert.equal(code, 0, this.text);
  }
}

const environment = (s) => ({ GST_REGISTRY: s.path('gst-registry.bin') });

/** Makes the registry of plugins that all of them share: before the first. */
export const gstRegistry = (s) => run('gst-inspect-1.0', ['flvmux'], { env: environment(s) });

/** Sends an FLV file by ELEMENT, rtmpsink or rtmp2sink, as it plays. What it
 * sends stands in COPY, too: flvmux moves the first composition times. */
export function publishGst(s, element, file, url, copy) {
  const pipeline = ['filesrc', `location=${file}`, '!', 'flvdemux', 'name=demux',
    'flvmux', 'name=mux', 'streamable=true', '!', 'tee', 'name=both',
    'both.', '!', 'queue', '!', element, `location=${url}`, 'sync=true',
    'both.', '!', 'queue', '!', 'filesink', `location=${copy}`,
    'demux.video', '!', 'queue', '!', 'mux.video',
    'demux.audio', '!', 'queue', '!', 'mux.audio'];
  return s.add(new GstPublisher(element, 'gst-launch-1.0', ['-q', ...pipeline], { env: environment(s) }));
}
