// The text of gateway/rtmp/interoperability.md.

import path from 'node:path';
import { TESTS } from './places.mjs';

export const TABLE = path.resolve(TESTS, '../gateway/rtmp/interoperability.md');

const NAMES = {
  h264: 'H.264', 'h264 with B-frames': 'H.264 with B-frames', hevc: 'HEVC with B-frames', av1: 'AV1', vp9: 'VP9',
  aac: 'AAC', mp3: 'MP3', opus: 'Opus', flac: 'FLAC',
};

const HEAD = `# Who reaches whom over RTMP

Each publisher sends a clip through a gateway to each server. \`tests/e2e/interop.test.mjs\` makes this page and fails where what it
sees is not what stands here; with \`UPDATE=1\` in its environment it writes the page anew.

* **decoded**: every access unit and every frame of sound has arrived, byte for byte and in order, shown when it was to be shown;
  ffmpeg decodes what the server has kept without a word of complaint.
* **refused**: the publisher has been disconnected and told the words that follow. The server has got nothing in that codec, only what came
  before the first of it.

The servers:

* **nginx** with its RTMP module, which knows codecs by number only.
* **announcing**: it announces the FourCCs of Enhanced RTMP. The column after it has how picture and sound are carried there: \`codec id\` and
  \`sound format\` by number, else by FourCC.
* **silent**: it announces nothing, and the gateway is told \`enhanced = yes\`.

GStreamer's \`flvmux\` gives the first pictures of a stream with B-frames one and the same DTS; they go on with DTS that rise, and their PTS.

`;

const mark = ({ words }) => (words === undefined ? 'decoded' : `refused: “${words}”`);

/** CARRIED: of picture and of sound; a number is a codec id or a format. */
const onTheWire = (carried = []) =>
  carried.map((one, i) => `\`${typeof one === 'number' ? `${['codec id', 'sound format'][i]} ${one}` : one}\``).join(', ');

/** ROWS: {publisher, codecs, cells: {nginx, announcing, silent}}. */
export function tableText(rows) {
  const lines = rows.map(({ publisher, codecs, cells: { nginx, announcing, silent } }) =>
    [publisher, codecs.map((c) => NAMES[c]).join(', '), mark(nginx), mark(announcing), onTheWire(announcing.carried), mark(silent)]);
  const head = ['publisher', 'sends', 'nginx', 'announcing', 'carried as', 'silent'];
  return HEAD + [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
