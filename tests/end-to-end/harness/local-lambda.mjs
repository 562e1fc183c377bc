import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, programOf } from './server.mjs';
import { until } from './wait.mjs';

const program = programOf('TasksBus.LocalLambda');

const ownKey = { accessKeyId: 'ENDTOEND', secretAccessKey: 'only-for-this-test-run' };

/**
 * TasksBus.LocalLambda alone. It has folders of its own by default, and a key that requests must be signed with (null: no key).
 * It stops when the test ends.
 */
export class LocalLambda {
  #process;
  #output = '';

  static async start(t, { functions, key = ownKey } = {}) {
    const lambda = new LocalLambda();
    lambda.folder = mkdtempSync(join(tmpdir(), 'tasksbus-e2e-lambda-'));
    lambda.key = key;
    if (!functions) mkdirSync(functions = join(lambda.folder, 'functions'));
    lambda.endpoint = `http://127.0.0.1:${await freePort()}`;
    const keys = key
      ? { LocalLambda__Keys__0__AccessKey: key.accessKeyId, LocalLambda__Keys__0__SecretKey: key.secretAccessKey }
      : { LocalLambda__WithoutKeys: 'true' };
    const env = { ...process.env, ...keys };
    const args = [
      '--urls', lambda.endpoint, `--LocalLambda:FunctionsPath=${functions}`, `--LocalLambda:StoragePath=${join(lambda.folder, 'store')}`];
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
