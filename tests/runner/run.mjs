// Runs every test suite, some side by side, and says how it goes: make test calls it once all is built. What failed is named
// once more at the end, and the last line is "N passed, N failed".
// Usage: node tests/runner/run.mjs [SUITE...]; AT_ONCE=1 runs one suite after the other.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descendants, isAlive } from '../end-to-end/harness/processes.mjs';
import { dotnetSuite, nodeSuite } from './suites.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const results = mkdtempSync(join(tmpdir(), 'tasksbus-tests-'));
process.once('exit', () => rmSync(results, { recursive: true, force: true }));

// The longest come first. Those of servers and processes wait half of the time, so several of them keep two cores busy.
const all = [
  nodeSuite('end-to-end', results, 2),
  nodeSuite('chaos', results),
  dotnetSuite('TasksBus.IntegrationTests', results),
  dotnetSuite('TasksBus.UnitTests', results),
  dotnetSuite('TasksBus.LocalLambda.Tests', results),
  dotnetSuite('TasksBus.Testing.Tests', results),
  dotnetSuite('TasksBus.Samples.Tests', results),
];
const shownFailures = 10;
const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!all.some(suite => suite.name === name)) fail(`There is no suite '${name}'. Suites: ${all.map(suite => suite.name).join(', ')}.`);
}

const atOnce = Number(process.env.AT_ONCE ?? 2);
if (!(Number.isInteger(atOnce) && atOnce > 0)) fail(`AT_ONCE is '${process.env.AT_ONCE}'; it must be a whole number from 1 on.`);

// Random choices of the integration and chaos tests repeat with the same seed.
const seed = process.env.SEED ?? String(Math.floor(Math.random() * 2 ** 32));
console.log(`SEED=${seed}`);

// When the run is interrupted, the suites and what they started end with it. Each of their servers is ended by whoever started it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    waiting.length = 0;
    for (const child of descendants(process.pid)) if (isAlive(child)) process.kill(child.pid, signal);
  });
}

const waiting = all.filter(suite => wanted.length === 0 || wanted.includes(suite.name));
const running = new Set();
const ended = [];
const started = Date.now();
const heartbeat = setInterval(() => say([...running].map(suite => `${suite.name} ${suite.count()}`).join(', ')), 30_000);
await Promise.all(Array.from({ length: atOnce }, lane));
clearInterval(heartbeat);
report();

async function lane() {
  for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
    running.add(suite);
    const from = Date.now();
    const status = await run(suite);
    running.delete(suite);
    const { passed, failed } = suite.totals();
    // A run that broke off, or in which nothing ran, is a failure too.
    const failures = failed === 0 && (status !== 0 || passed === 0) ? 1 : failed;
    ended.push({ suite, passed, failures });
    say(`${suite.name}: ${passed} passed, ${failures} failed, in ${duration(Date.now() - from)}`);
    if (failures > 0) console.log(suite.failures(readFileSync(suite.log, 'utf8')));
  }
}

/** Runs a suite with its output in a file; returns the exit code, or the signal that ended it. */
function run(suite) {
  return new Promise(done => {
    const log = createWriteStream(suite.log);
    const [program, ...args] = suite.command;
    // Servers of tests live for seconds. To profile code, and to compile again what was called 30 times, would cost more than it saves:
    // it is compiled again after 4,096 calls (the runtime reads the number as hexadecimal).
    const env = { DOTNET_TieredPGO: '0', DOTNET_TC_CallCountThreshold: '1000', ...process.env, SEED: seed };
    const child = spawn(program, args, { cwd: join(root, suite.folder), stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        log.write(text);
        suite.read(text);
      });
    }
    child.once('error', error => log.end(`${error}\n`, () => done(1)));
    child.once('close', (code, signal) => log.end(() => done(code ?? signal)));
  });
}

function report() {
  const times = ended.flatMap(({ suite }) => suite.times().map(time => ({ ...time, suite: suite.name })));
  const slowest = times.sort((one, other) => other.ms - one.ms).slice(0, 10);
  console.log('\nThe ten slowest tests:');
  for (const { ms, suite, name } of slowest) console.log(`${(ms / 1_000).toFixed(1).padStart(7)} s  ${suite}: ${name}`);
  for (const { suite, failures } of ended.filter(each => each.failures > 0)) {
    const failed = suite.failed();
    if (failed.length === 0) console.log(`\nFAILED  ${suite.name}: the suite broke off, or ran no test`);
    for (const { name, error } of failed.slice(0, shownFailures)) console.log(`\nFAILED  ${suite.name}: ${name}\n${excerpt(error)}`);
    if (failures > shownFailures) console.log(`\nFAILED  ${suite.name}: ${failures} in all`);
  }
  const sum = key => ended.reduce((total, suite) => total + suite[key], 0);
  console.log(`\nAll of it took ${duration(Date.now() - started)}.\n${sum('passed')} passed, ${sum('failures')} failed`);
  process.exitCode = sum('failures') === 0 ? 0 : 1;
}

/** The beginning of an error, in lines that begin with spaces. */
function excerpt(error = '') {
  return error.slice(0, 500).split('\n').slice(0, 8).map(line => `        ${line}`).join('\n');
}

function say(text) {
  console.log(`[${duration(Date.now() - started)}] ${text}`);
}

function duration(ms) {
  return `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1_000) % 60).padStart(2, '0')}`;
}

function fail(text) {
  console.error(text);
  process.exit(2);
}
