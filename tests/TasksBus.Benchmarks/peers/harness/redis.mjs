import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { NotAvailable } from './not-available.mjs';

// The shell ends the server when this process ends, however that happens, because its standard input ends then.
const guard = 'redis-server "$@" <&- & server=$!; cat >/dev/null; kill $server; wait $server';

/** A Redis server for this run alone, as durable as PostgreSQL: it answers a write once it is on the disk. */
export async function createRedis() {
  if (spawnSync('redis-server', ['--version']).error)
    throw new NotAvailable('redis-server is not on the PATH (on Debian: apt-get install redis-server)');
  // On the working folder's disk: memory would flatter the writes.
  const data = join(import.meta.dirname, '../.data');
  await mkdir(data, { recursive: true });
  const folder = await mkdtemp(join(data, 'redis-'));
  const port = await freePort();
  const log = join(folder, 'log');
  const settings = {
    port, bind: '127.0.0.1', dir: folder, appendonly: 'yes', appendfsync: 'always', save: '', 'maxmemory-policy': 'noeviction',
    logfile: log,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('sh', ['-c', guard, 'sh', ...options], { stdio: ['pipe', 'ignore', 2] });
  const exit = once(server, 'exit');
  server.stdin.on('error', () => {});
  const connection = { host: '127.0.0.1', port };
  const remove = async () => {
    server.stdin.end();
    await exit;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(connection);
  } catch (error) {
    console.error(await readFile(log, 'utf8').catch(() => ''));
    await remove();
    throw error;
  }
  return { connection, tidy: async () => {}, remove };
}

async function untilReady(connection) {
  for (let tries = 0; tries < 100; tries++) {
    const client = new Redis({ ...connection, lazyConnect: true, retryStrategy: null });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.ping();
      return;
    } catch {
      await delay(50);
    } finally {
      client.disconnect();
    }
  }
  throw new Error('redis-server did not start within 5 seconds.');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
