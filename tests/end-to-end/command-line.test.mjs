import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandLine } from './harness/command-line.mjs';
import { freePort, newApiKey } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const later = '2999-01-01T00:00:00Z';
const hello = 'export const handler = async event => { console.log("hello\\t" + (event.data?.name ?? "")); return { n: 1 }; };';
const id = /^[0-9a-f]{24}$/;

test('scripts schedule, wait and read, and the exit code says how a task ended', async t => {
  const { tasksbus } = await start(t);

  const scheduled = await tasksbus.run(['schedule', 'hello', '{"name":"world"}', '--wait']);
  assert.equal(scheduled.code, 0, scheduled.errors);
  const [done, status, name] = scheduled.lines[0].split('\t');
  assert.deepEqual([status, name], ['complete', 'hello']);
  assert.match((await tasksbus.run(['logs', done])).output, /hello\tworld$/m);
  const shown = await tasksbus.run(['show', done, '--json']);
  assert.deepEqual(JSON.parse(shown.output).data, { name: 'world' });

  const failed = await tasksbus.run(['schedule', 'breaks', '--wait', '--json']);
  assert.deepEqual([failed.code, JSON.parse(failed.output).error.message], [3, '[red]no\u001b[2J']);
  const waiting = (await tasksbus.run(['schedule', 'hello', '--at', later])).output.trim();
  assert.equal((await tasksbus.run(['wait', waiting, '--timeout', '1s'])).code, 5);
  assert.deepEqual((await tasksbus.run(['cancel', waiting])).lines, [`${waiting}\tcanceled\tyes`]);
  assert.equal((await tasksbus.run(['wait', waiting])).code, 4);
  assert.equal((await tasksbus.run(['cancel', done])).code, 2);
  assert.equal((await tasksbus.run(['show', 'f'.repeat(24)])).code, 6);
  assert.equal((await tasksbus.run(['list', '--rql', 'no('])).code, 2);
  assert.equal((await tasksbus.run(['list', '--server', `http://localhost:${await freePort()}`])).code, 8);

  const watched = await tasksbus.run(['watch', done]);
  assert.deepEqual([watched.code, watched.lines.length], [0, 1]);
});

test('lines of JSON become tasks, and lists go on to other commands', async t => {
  const { tasksbus, workspace, server } = await start(t);
  const lines = Array.from({ length: 1_200 }, (_, n) => JSON.stringify({ n, record: workspace.recordFile })).join('\n');

  const many = await tasksbus.run(['schedule', 'record', '--lines', '-', '--tag', 'lot', '--idempotency-key', 'lot'], { input: lines });
  assert.deepEqual([many.code, many.errors], [0, '']);
  assert.equal(new Set(many.lines.filter(line => id.test(line))).size, 1_200);
  const again = await tasksbus.run(['schedule', 'record', '--lines', '-', '--tag', 'lot', '--idempotency-key', 'lot'], { input: lines });
  assert.deepEqual(again.lines, many.lines);
  const waited = await tasksbus.run(['wait', '-', '--timeout', '2m'], { input: many.output });
  assert.deepEqual([waited.code, waited.lines.length], [0, 1_200]);
  assert.deepEqual((await server.counts()).complete, 1_200);
  const all = await tasksbus.run(['list', '--tag', 'lot', '--all']);
  assert.equal(new Set(all.lines.map(line => line.split('\t')[0])).size, 1_200);

  const file = join(workspace.folder, 'tasks.jsonl');
  writeFileSync(file, '{"functionName":"breaks","tags":["x"]}\n{"functionName":"hello","prioritee":5}\n');
  const stopped = await tasksbus.run(['schedule', '--lines', file]);
  assert.equal(stopped.code, 2);
  assert.match(stopped.errors, /Line 2: A task has no field 'prioritee'.*--skip 1/s);
  assert.equal((await tasksbus.run(['wait', '-'], { input: stopped.output })).code, 3);
  const failed = await tasksbus.run(['list', '--status', 'failed', '--all']);
  const rerun = await tasksbus.run(['rerun', '-', '--wait'], { input: failed.output });
  assert.deepEqual([rerun.code, rerun.lines.length], [3, 1]);
  const page = JSON.parse((await tasksbus.run(['list', '--function', 'breaks', '--json'])).output);
  assert.equal(page.page.total, 2);
});

test('a list of all leaves out no task while those that it showed are canceled', async t => {
  const { tasksbus, server } = await start(t);
  const task = { functionName: 'hello', startTimestamp: later };
  // A batch has one time, and single tasks have a time each.
  const tasks = [
    ...await server.createMany(Array.from({ length: 320 }, () => task)), await server.create(task), await server.create(task),
    ...await server.createMany(Array.from({ length: 70 }, () => task)),
  ];
  const between = await relay(t, server, await freePort(), async (request, body) => {
    if (request.url.startsWith('/tasks/v1/?'))
      for (const { id } of JSON.parse(body).data) await server.ask('POST', `/${id}/cancel`);
  });

  const all = await tasksbus.run(['list', '--status', 'new', '--all', '--server', between]);
  assert.equal(all.code, 0, all.errors);
  assert.deepEqual(all.lines.map(line => line.split('\t')[0]).sort(), tasks.map(({ id }) => id).sort());
});

test('a command ends when nobody reads it any more, without a word', async t => {
  const { tasksbus, server, workspace } = await start(t);
  // More than a pipe holds.
  const task = { functionName: 'hello', data: { text: 'x'.repeat(1_000) }, startTimestamp: later };
  const tasks = await server.createMany(Array.from({ length: 300 }, () => task));
  const [first, second] = tasks.map(({ id }) => id);
  const piped = async line => {
    const { lines, errors } = await tasksbus.run(['--norc', '-c', `tasksbus ${line}; echo "\${PIPESTATUS[0]}"`], { command: 'bash' });
    assert.equal(errors, '');
    return lines;
  };

  // The next look would come in a day: the test would end before.
  for (const watch of ['watch', 'watch --json', `watch ${first}`]) {
    const lines = await piped(`${watch} --interval 1d | head -1`);
    assert.deepEqual([lines.length, lines.at(-1)], [2, '141'], watch);
  }
  assert.deepEqual((await piped('watch --json --interval 0s | head -3')).slice(3), ['141']);
  assert.deepEqual((await piped('list --all --json | head -1')).slice(1), ['141']);
  assert.deepEqual(await piped(`wait ${first} | true`), ['141']);
  // What changes something does it first.
  assert.match((await piped(`cancel ${second} | sleep 0`)).at(-1), /^(0|141)$/);
  assert.equal((await server.ask('GET', `/${second}`)).status, 'canceled');
  assert.deepEqual(await piped('list --limit 2 | cat | wc -l'), ['2', '0']);
  // Programs that write to one file go on where the one before ended.
  const twice = `cd '${workspace.folder}' && (tasksbus --version; tasksbus --version) > versions && cat versions`;
  assert.match((await tasksbus.run(['--norc', '-c', twice], { command: 'bash' })).output, /^(\S+)\n\1\n$/);
});

test('a wait loses no task when one is unknown, and goes on when the server comes later', async t => {
  const { tasksbus, server } = await start(t);
  const done = (await tasksbus.run(['schedule', 'hello', '--wait'])).lines[0].split('\t')[0];
  const unknown = 'f'.repeat(24);

  const waited = await tasksbus.run(['wait', unknown, done]);
  assert.deepEqual(waited.lines.map(line => line.split('\t').slice(0, 2)), [[unknown, 'unknown'], [done, 'complete']]);
  assert.equal(waited.code, 6);
  assert.match(waited.errors, /^tasksbus: There is no task 'f{24}'\.\n$/);
  const port = await freePort();
  const found = await tasksbus.onTerminal(['wait', done, '--json', '--server', `http://localhost:${port}`], {
    type: async (keys, seen) => {
      await until('it tries again', () => /is not reached: .* is tried again/s.test(seen()), { seen });
      await relay(t, server, port);
    },
  });
  assert.deepEqual([found.code, JSON.parse(found.lines.at(-1)).id], [0, done]);
});

test('a terminal gets tables in colour, safe and as wide as it is; Ctrl-C ends a live view', async t => {
  const { tasksbus } = await start(t);
  await tasksbus.run(['schedule', 'breaks', '--tag', '\u001b]0;owned\u0007', '--wait']);

  const coloured = await tasksbus.onTerminal(['list']);
  assert.match(coloured.output, /\u001b\[[0-9;]*mfailed/);
  for (const width of [40, 72, 140]) {
    const plain = await tasksbus.onTerminal(['list'], { width, env: { NO_COLOR: '1' } });
    assert.doesNotMatch(plain.output, /\u001b\[3|\u001b\]|\u0007/);
    assert.match(plain.lines[0], /^ID +STATUS/);
    for (const line of plain.lines) assert.ok(line.trimEnd().length <= width, `${width}: ${line}`);
  }
  const wide = await tasksbus.onTerminal(['list'], { width: 160, env: { NO_COLOR: '1' } });
  assert.ok(wide.output.includes('\\u001B]0;owned\\u0007'), wide.output);
  assert.ok(wide.output.includes('RangeError: [red]no\\u001B[2J'), wide.output);
  const dumb = await tasksbus.onTerminal(['list'], { env: { TERM: 'dumb' } });
  assert.doesNotMatch(dumb.output, /\u001b/);

  const watched = await tasksbus.onTerminal(['watch', '--interval', '1s'], {
    type: async (keys, seen) => {
      await until('the pools are drawn', () => seen().includes('POOL'), { seen });
      keys.write('\u0003');
    },
  });
  assert.equal(watched.code, 130);
  // The cursor is there again.
  assert.ok(watched.output.lastIndexOf('\u001b[?25h') > watched.output.lastIndexOf('\u001b[?25l'));
  assert.doesNotMatch(watched.output, /xception/);
  const help = await tasksbus.onTerminal(['schedule', '--help'], { width: 60 });
  assert.match(help.output, /Usage: tasksbus schedule \[FUNCTION\] \[DATA\] \[options\]/);
});

test('keys come from profiles, and show nowhere; what a key does not allow has a code of its own', async t => {
  const all = newApiKey('all');
  const viewer = newApiKey('viewer', 'VIEW_TASKS', 1);
  const { tasksbus, server } = await start(t, { ...all.settings, ...viewer.settings }, { key: all.key });
  const env = { TASKSBUS_SERVER: '' };
  const said = [];
  const run = async (args, options = {}) => {
    const ran = await tasksbus.run(args, { env, ...options });
    said.push(ran.output, ran.errors);
    return ran;
  };

  assert.equal((await run(['profile', 'set', 'all', '--server', server.url, '--ask-key'], { input: `${all.key}\n` })).code, 0);
  await run(['profile', 'set', 'viewer', '--server', server.url, '--ask-key'], { input: `${viewer.key}\n` });
  const file = join(tasksbus.config, 'tasksbus/profiles.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(readFileSync(file, 'utf8').includes(all.key));

  assert.equal((await run(['schedule', 'hello', '--wait'])).code, 0);
  assert.equal((await run(['list', '--profile', 'viewer'])).lines.length, 1);
  assert.equal((await run(['schedule', 'hello', '--profile', 'viewer'])).code, 7);
  assert.match((await run(['list', '--server', server.url])).errors, /TASKSBUS_KEY/);
  assert.equal((await run(['list', '--server', server.url, '--key', 'tbk_wrong-secret'])).code, 7);
  const asked = await tasksbus.onTerminal(['profile', 'set', 'typed', '--server', server.url, '--ask-key'], {
    type: async (keys, seen) => {
      await until('it asks for the key', () => seen().includes('Key:'), { seen });
      keys.write(`${viewer.key}\r`);
    },
  });
  assert.equal(asked.code, 0, asked.output);
  said.push(asked.output);
  assert.equal((await run(['list', '--profile', 'typed'])).code, 0);
  assert.equal((await run(['doctor', '--profile', 'viewer'])).code, 0);
  for (const secret of [all.key, viewer.key, 'tbk_wrong-secret']) assert.ok(!said.join('').includes(secret), 'a key was shown');
});

test('the doctor finds nothing wrong, and bash completes words by the script', async t => {
  const { tasksbus } = await start(t);

  const doctor = await tasksbus.run(['doctor', '--json']);
  assert.equal(doctor.code, 0, doctor.output);
  const { checks } = JSON.parse(doctor.output);
  assert.deepEqual(checks.filter(check => check.state !== 'ok'), []);
  assert.ok(checks.some(check => check.name === 'clocks'));
  assert.match((await tasksbus.run(['status'])).output, /^worker\t/m);

  const complete = line => tasksbus.run(['--norc', '-c', `
    eval "$(tasksbus completion bash)"
    COMP_LINE='${line}' COMP_POINT=${line.length}
    _tasksbus
    printf '%s\\n' "\${COMPREPLY[@]}"`], { command: 'bash' });
  assert.deepEqual((await complete('tasksbus sche')).lines, ['schedule', 'schedules']);
  assert.deepEqual((await complete('tasksbus list --status in')).lines, ['inProgress']);
  assert.deepEqual((await complete('tasksbus functions d')).lines, ['disable']);
  const registered = await tasksbus.run(['--norc', '-c', 'eval "$(tasksbus completion bash)"; complete -p tasksbus'], { command: 'bash' });
  assert.match(registered.output, /-F _tasksbus tasksbus/);
});

test('fish and zsh complete words by their scripts', async t => {
  const { tasksbus } = await start(t);

  const completed = await tasksbus.run(['-N', '-c', `
    tasksbus completion fish | source
    complete -C 'tasksbus functions d'
    complete -C 'tasksbus list --status in'
    complete -C 'tasksbus schedule hello --file package-l'`], { command: 'fish' });
  assert.equal(completed.code, 0, completed.errors);
  assert.match(completed.output, /^disable\tDisables a managed function[^]*\ninProgress\npackage-lock\.json\n$/);

  const shell = await tasksbus.onTerminal(['-f', '-i'], {
    command: 'zsh',
    type: async (keys, seen) => {
      keys.write(`PS1='rea''dy> '; autoload -U compinit; compinit -D; eval "$(tasksbus completion zsh)"\r`);
      await until('the shell is ready', () => seen().includes('ready> '), { seen });
      keys.write('tasksbus functions d\t');
      await until('the word is completed', () => seen().includes('disable'), { seen });
      keys.write('\u0015exit\r');
    },
  });
  assert.equal(shell.code, 0, shell.output);
});

/** A server that runs alone, and the program with its address. */
async function start(t, settings = {}, options = {}) {
  const workspace = new Workspace(t);
  workspace.addFunction('hello', hello);
  workspace.addFunction('breaks', "export const handler = async () => { throw new RangeError('[red]no\\u001b[2J'); };");
  const server = await workspace.start({ WorkerSlots: 4, ...settings }, options);
  return { workspace, server, tasksbus: new CommandLine(workspace, { TASKSBUS_SERVER: server.url }) };
}

/** A server before the server: its address. Something may be done between an answer and its arrival. */
async function relay(t, server, port, before = async () => {}) {
  const relaying = createServer(async (request, response) => {
    const answer = await fetch(`${server.url}${request.url}`, { method: request.method });
    const body = await answer.text();
    await before(request, body);
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(body);
  });
  await new Promise(done => relaying.listen(port, 'localhost', done));
  t.after(() => {
    relaying.close();
    relaying.closeAllConnections();
  });
  return `http://localhost:${port}`;
}
