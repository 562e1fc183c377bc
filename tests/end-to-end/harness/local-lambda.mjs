import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { freePort } from './server.mjs';
import { until } from './wait.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..');
const program = resolve(root, 'src/TasksBus.LocalLambda/bin/Release/net10.0/TasksBus.LocalLambda.dll');

/** TasksBus.LocalLambda alone, on folders of its own, with a key that requests must be signed with. It goes when the test ends. */
export class LocalLambda {
  #process;
  #output = '';

  static async start(t) {
    const lambda = new LocalLambda();
    lambda.folder = mkdtempSync(join(tmpdir(), 'tasksbus-e2e-lambda-'));
    lambda.key = { accessKeyId: 'ENDTOEND', secretAccessKey: 'only-for-this-test-run' };
    mkdirSync(join(lambda.folder, 'functions'));
    lambda.endpoint = `http://127.0.0.1:${await freePort()}`;
    const env = { ...process.env, LocalLambda__Keys__0__AccessKey: lambda.key.accessKeyId, LocalLambda__Keys__0__SecretKey: lambda.key.secretAccessKey };
    const args = ['--urls', lambda.endpoint, `--LocalLambda:FunctionsPath=${join(lambda.folder, 'functions')}`, `--LocalLambda:StoragePath=${join(lambda.folder, 'store')}`];
    lambda.#process = spawn('dotnet', [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [lambda.#process.stdout, lambda.#process.stderr]) stream.on('data', chunk => lambda.#output += chunk);
    const leave = () => lambda.#process.kill('SIGKILL');
    process.once('exit', leave);
    t.after(async () => {
      const ended = new Promise(done => lambda.#process.once('close', done));
      lambda.#process.kill('SIGTERM');
      await ended;
      process.off('exit', leave);
      rmSync(lambda.folder, { recursive: true, force: true });
    });
    await until('local functions can be invoked', () => {
      if (lambda.#process.exitCode !== null) throw new Error(lambda.#output);
      return lambda.#output.includes('can be invoked at');
    }, { seen: () => lambda.#output });
    return lambda;
  }

  path(name) {
    return join(this.folder, name);
  }
}

/** A zip file of texts, by name. */
export function zip(files) {
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [content, path] = [Buffer.from(text), Buffer.from(name)];
    const packed = zlib.deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version that is needed
    common.writeUInt16LE(0x0800, 2); // names in UTF-8
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, packed]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE((0o100755 << 16) >>> 0, 6); // an executable file
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, entry, path])); // made on Unix
    parts.push(header);
    offset += header.length;
  }
  const table = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(table.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, table, Buffer.from('PK\x05\x06'), end]);
}

function crc32(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes); // from Node.js 20.15 on
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
