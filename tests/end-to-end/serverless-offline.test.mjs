import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { freePort } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const folder = resolve(fileURLToPath(import.meta.url), '..', 'serverless');

test('tasks run in serverless-offline, an endpoint that nobody here wrote', async t => {
  const workspace = new Workspace(t);
  const offline = await startOffline(t, workspace.folder);
  const server = await workspace.start({
    WorkerSlots: 4, 'Lambda:Endpoint': offline,
    'Lambda:Region': 'eu-west-1', 'Lambda:AccessKey': 'AKIDEXAMPLE', 'Lambda:SecretKey': 'any-secret' });
  const record = join(workspace.folder, 'invoked.txt');

  const hello = await server.create({
    functionName: 'offline-dev-hello',
    data: { record, name: 'ü', large: 12345678901234567890n.toString(), nested: { A: 1, a: [2, null] } },
  });
  const fail = await server.create({ functionName: 'offline-dev-fail' });
  const unknown = await server.create({ functionName: 'offline-dev-nobody' });
  await server.untilAllEnded();

  assert.equal((await server.get(hello.id)).status, 'complete');
  const invoked = readFileSync(record, 'utf8').trim().split('\n').map(line => JSON.parse(line));
  assert.equal(invoked.length, 1);
  assert.equal(invoked[0].id, hello.id);
  assert.deepEqual(invoked[0].data, hello.data);

  const failed = await server.get(fail.id);
  assert.deepEqual(
    [failed.status, failed.error.type, failed.error.name, failed.error.message], ['failed', 'runtime', 'Error', 'It broke.']);

  const refused = await server.get(unknown.id);
  assert.deepEqual([refused.status, refused.error.type, refused.error.name], ['failed', 'invocation', 'ResourceNotFoundException']);
  assert.match(refused.error.message, /offline-dev-nobody/);
  assert.match(refused.error.message, /Create the function, or correct its name/);
});

/** Starts serverless-offline on free ports, with a home of its own; returns the address of its Lambda endpoint. */
async function startOffline(t, home) {
  if (!existsSync(join(folder, 'node_modules', 'serverless-offline'))) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: folder, stdio: 'inherit' });
  }
  const [lambdaPort, httpPort, websocketPort, albPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const args = [
    'offline', 'start', '--host', '127.0.0.1', '--lambdaPort', lambdaPort, '--httpPort', httpPort, '--websocketPort', websocketPort,
    '--albPort', albPort];
  const program = spawn(process.execPath, [join(folder, 'node_modules/serverless/bin/serverless.js'), ...args.map(String)], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: home, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', CI: '1' },
  });
  const exited = new Promise(done => program.once('close', done));
  const leave = () => program.kill('SIGKILL');
  process.once('exit', leave);
  t.after(async () => {
    leave();
    await exited;
    process.off('exit', leave);
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', chunk => output += chunk);
  const address = `http://127.0.0.1:${lambdaPort}`;
  await until('serverless-offline listens', async () => {
    if (program.exitCode !== null) throw new Error(`serverless-offline ended with ${program.exitCode}:\n${output}`);
    try {
      await fetch(`${address}/2015-03-31/functions/none/invocations`, { method: 'POST' });
      return true;
    } catch {
      return false; // Nobody listens yet.
    }
  }, { within: 180_000, every: 200, seen: () => output });
  return address;
}
