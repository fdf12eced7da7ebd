// Where builds, sample media and free ports are.

import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const TESTS = fileURLToPath(new URL('../..', import.meta.url));
export const BUILD = path.resolve(TESTS, process.env.WEIR_BUILD ?? '../build');
export const PROGRAM = path.join(BUILD, 'gateway/weir');
export const UDP_PROXY = path.join(BUILD, 'tests/udp-proxy/udp-proxy');
export const CONSOLE = path.resolve(TESTS, '../ui-static');
export const FLAGGED = path.join(TESTS, 'data/media/flagged.mp4');
export const CLEAN = path.join(TESTS, 'data/media/clean.mp4');
export const BANK = path.join(TESTS, 'data/media/bank.csv');

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function freeUdpPort() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
