// Small clips in any codec, made by ffmpeg, and what stands in them.

import { readFileSync } from 'node:fs';
import { run } from './program.mjs';

const SECONDS = 3;
const RATE = 25;
const QUIET = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y'];
const PICTURE = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${RATE}:duration=${SECONDS}`];
const SOUND = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${SECONDS}`];

/** A key frame each second. */
const VIDEO = {
  h264: ['libx264', '-preset', 'ultrafast', '-bf', '0'],
  'h264 with B-frames': ['libx264', '-preset', 'veryfast', '-bf', '2', '-b_strategy', '0'],
  hevc: ['libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:bframes=2:info=0', '-tag:v', 'hvc1'],
  av1: ['libaom-av1', '-usage', 'realtime', '-cpu-used', '8'],
  vp9: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'],
};
const AUDIO = { aac: ['aac'], ac3: ['ac3'], mp2: ['mp2'], mp3: ['libmp3lame'], opus: ['libopus'], flac: ['flac', '-strict', '-2'] };

/** An MP4 file with both. */
export async function encodeClip(s, video, audio) {
  const file = s.path(`${video}-${audio}.mp4`.replaceAll(' ', '-'));
  const picture = ['-pix_fmt', 'yuv420p', '-g', String(RATE), '-keyint_min', String(RATE), '-c:v', ...VIDEO[video]];
  await run('ffmpeg', [...QUIET, ...PICTURE, ...SOUND, ...picture, '-c:a', ...AUDIO[audio], file]);
  return file;
}

/** VPCodecConfigurationRecord: profile 0, level 1, 8 bit 4:2:0, colours
 * unspecified. ffmpeg doesn't tell the one in the file. */
const VP9_CONFIG = Buffer.from([0, 10, 0x82, 2, 2, 2, 0, 0]);

/** From lines like "00000010: 4f70 7573 …  Opus…". */
const fromDump = (text) => Buffer.from(text.split('\n').map((line) => line.slice(10, 50).replaceAll(' ', '')).join(''), 'hex');

/** Messages of an MP4 file in the order of their DTS, from its first picture
 * on: a configuration for each track, then the coded units. */
export async function demux(file) {
  const what = 'stream=index,codec_type,codec_name,time_base,extradata:packet=stream_index,pts,dts,size,pos,flags';
  const { out } = await run('ffprobe', ['-v', 'error', '-show_data', '-show_entries', what, '-of', 'json', file]);
  const { streams, packets } = JSON.parse(out.list.join('\n'));
  const data = readFileSync(file);
  const tracks = streams.map(({ codec_type: kind, codec_name: codec, time_base: base, extradata }) => {
    const [number, of] = base.split('/').map(Number);
    const config = codec === 'vp9' ? VP9_CONFIG : fromDump(extradata);
    return { kind, codec, config, ms: (ticks) => Math.round((ticks * number * 1000) / of) };
  });
  const units = packets.map(({ stream_index: index, pts, dts, size, pos, flags }) => {
    const { kind, codec, ms } = tracks[index];
    const at = Number(pos);
    return { kind, codec, key: flags.startsWith('K'), dts: ms(dts), pts: ms(pts), data: data.subarray(at, at + Number(size)) };
  });
  units.sort((a, b) => a.dts - b.dts);
  const first = units.find((u) => u.kind === 'video').dts;
  return [
    ...tracks.map(({ kind, codec, config }) => ({ kind, codec, config, dts: 0, pts: 0 })),
    ...units.filter((u) => u.dts >= first).map((u) => ({ ...u, dts: u.dts - first, pts: u.pts - first })),
  ];
}
