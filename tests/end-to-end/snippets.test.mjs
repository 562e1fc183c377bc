import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { LocalLambda } from './harness/local-lambda.mjs';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

// What the documentation shows, run as it stands, but for addresses.
const run = promisify(execFile);
const here = resolve(fileURLToPath(import.meta.url), '..');
const root = resolve(here, '..', '..');
const samples = join(root, 'src/samples/functions');

/** The blocks of code of a page in one language, in their order; only those of a section where it is given. */
function blocks(page, language, section) {
  const text = readFileSync(join(root, page), 'utf8');
  const part = section === undefined ? text : text.split(/^## /m).find(each => each.startsWith(`${section}\n`));
  assert.ok(part, `${page} has a section '${section}'`);
  return [...part.matchAll(/^```(\w+)\n([^]*?)^```/gm)].filter(match => match[1] === language).map(match => match[2]);
}

/** The shell commands of a section, each as one line. */
const commands = (page, section) => blocks(page, 'sh', section).join('').replaceAll('\\\n', ' ').trimEnd().split('\n');

/** Runs a command of a page against a server; returns the JSON that it printed, if it printed any. */
async function shell(command, url, { cwd = root, ...env } = {}) {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', command.replace(/(http:\/\/)?localhost:8080/, url)],
    { cwd, env: { ...process.env, ...env } });
  return stdout === '' ? undefined : JSON.parse(stdout);
}

/** Starts a program of a page, with an address of it replaced. It ends by itself, or when the test does. */
function start(t, source, from, to) {
  assert.ok(source.includes(from), `the program has the address ${from}`);
  const isPython = /^import \w+$/m.test(source);
  // Node.js looks for packages from the file on.
  const file = join(here, `snippet-${randomUUID()}.${isPython ? 'py' : 'mjs'}`);
  writeFileSync(file, source.replaceAll(from, to));
  const child = spawn(isPython ? '/usr/bin/python3' : process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => {
    child.kill('SIGKILL');
    rmSync(file);
  });
  const program = { output: '', errors: '', ended: new Promise(done => child.once('close', done)) };
  program.end = () => {
    child.kill('SIGKILL');
    return program.ended;
  };
  child.stdout.on('data', chunk => program.output += chunk);
  child.stderr.on('data', chunk => program.errors += chunk);
  return program;
}

/** Runs a program of a page to its end; returns what it printed. */
async function toEnd(program) {
  assert.equal(await program.ended, 0, program.errors);
  return program.output.trim();
}

const untilStatus = (server, id, status) => until(`the task is ${status}`, async () => (await server.get(id)).status === status);

test('the five minutes of the README are as it says', async t => {
  const workspace = new Workspace(t);
  const cwd = join(workspace.folder, 'clone');
  cpSync(samples, join(cwd, 'src/samples/functions'), { recursive: true });
  const server = await workspace.start({ FunctionsPath: join(cwd, 'src/samples/functions') });
  const [hello, newest, log, later, cancel, fail, failed, folder, file, double, ...rest] = commands('README.md', 'Five minutes');
  const say = (command, ID) => shell(command, server.url, { cwd, ID });
  assert.deepEqual(rest, ['npm install @extrahorizon/javascript-sdk@8.14.1']);

  const task = await say(hello);
  await untilStatus(server, task.id, 'complete');
  assert.equal((await say(newest)).data[0].id, task.id);
  assert.match(JSON.stringify(await say(log, task.id)), /world/);

  const tour = await say(later);
  assert.deepEqual([tour.status, tour.priority, tour.tags], ['new', 5, ['tour']]);
  assert.deepEqual(await say(cancel, tour.id), { affectedRecords: 1 });

  const failing = await say(fail);
  await untilStatus(server, failing.id, 'failed');
  assert.equal((await say(failed)).data[0].id, failing.id);

  await say(folder);
  await say(file);
  const doubled = await say(double);
  await untilStatus(server, doubled.id, 'complete');
  assert.match(JSON.stringify(await say(log, doubled.id)), /42/);

  const [sdk] = blocks('README.md', 'js', 'Five minutes');
  const printed = await toEnd(start(t, sdk, 'http://localhost:8080', server.url));
  assert.match(printed, /functionName: 'hello'/);
});

test('the examples for curl, Node.js and Python do what their page says', async t => {
  const page = 'ops/docs/any-language.md';
  const workspace = new Workspace(t);
  const servers = Servers.for(t);
  const env = await servers.start();
  const settings = {
    'Lambda:Endpoint': (await LocalLambda.start(t, { functions: samples, key: null })).endpoint, 'Lambda:Region': 'local',
    'Lambda:AccessKey': 'any', 'Lambda:SecretKey': 'any',
  };
  const server = await workspace.start(settings, { env });
  const broker = ['amqp://USER:PASSWORD@localhost:5672/tasksbus', env.ConnectionStrings__rabbitmq];
  const [schedule, wait] = commands(page, 'Over HTTP, with curl');
  const node = blocks(page, 'js').map(source => [source, ...broker]);
  const python = blocks(page, 'python').map(source => [source, ...broker]);
  assert.deepEqual([node.length, python.length], [2, 3]);

  const task = await shell(schedule, server.url);
  assert.equal((await shell(schedule, server.url)).id, task.id);
  assert.equal((await shell(wait, server.url, { ID: task.id })).status, 'complete');

  for (const [publisher, listener] of [node, python]) {
    // Events reach the queue from the moment at which the listener has bound it.
    const listening = start(t, ...listener);
    const bindings = () => servers.run('rabbitmqctl', '-q', 'list_bindings', '-p', 'tasksbus');
    await until('the queue is bound', async () => (await bindings()).includes('webshop.#'), { seen: () => listening.errors });
    await toEnd(start(t, ...publisher));
    await until('its end is heard of', () => /^TaskCompleted [0-9a-f]{24} order 17 *$/m.test(listening.output),
      { seen: () => listening.output + listening.errors });
    await listening.end();
  }

  const refused = await toEnd(start(t, ...python[2]));
  assert.match(refused, /functionName/);
  const [source, ...address] = python[2];
  assert.match(await toEnd(start(t, source.replace('not a name', 'hello'), ...address)), /^[0-9a-f]{24}$/);
});
