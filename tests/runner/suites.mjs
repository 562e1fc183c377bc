import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const reporter = resolve(fileURLToPath(import.meta.url), '..', 'reporter.mjs');

// A file of tests that takes longer than this many ms hangs. The long form of the chaos tests takes hours.
const longest = process.env.CHAOS === 'long' ? 4 * 3_600_000 : 1_500_000;

/** A project of .NET tests, which is built already. */
export function dotnetSuite(name, results) {
  const trx = join(results, `${name}.trx`);
  let count = 0;
  return {
    name,
    folder: join('tests', name),
    log: join(results, `${name}.log`),
    command: ['dotnet', 'test', '-c', 'Release', '--no-build', '--nologo', '--blame-hang-timeout', '5min', '--results-directory', results,
      '--logger', 'console;verbosity=normal', '--logger', `trx;LogFileName=${trx}`],
    read: text => count += text.match(/^ {2}(?:Passed|Failed) /gm)?.length ?? 0,
    count: () => count,
    totals() {
      const counters = existsSync(trx) ? /<Counters [^>]*>/.exec(readFileSync(trx, 'utf8'))?.[0] ?? '' : '';
      const number = key => Number(new RegExp(` ${key}="(\\d+)"`).exec(counters)?.[1] ?? 0);
      return { passed: number('passed'), failed: number('failed') };
    },
    times() {
      const text = existsSync(trx) ? readFileSync(trx, 'utf8') : '';
      return [...text.matchAll(/<UnitTestResult [^>]*?testName="([^"]*)"[^>]*?duration="(\d+):(\d+):([\d.]+)"/g)]
        .map(([, test, ...parts]) => ({ name: plain(test), ms: parts.reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000 }));
    },
    failed() {
      const text = existsSync(trx) ? readFileSync(trx, 'utf8') : '';
      return [...text.matchAll(/<UnitTestResult (?=[^>]*outcome="Failed")[^>]*?testName="([^"]*)"[^>]*>([^]*?)<\/UnitTestResult>/g)]
        .map(([, test, result]) => ({ name: plain(test), error: plain(/<Message>([^]*?)<\/Message>/.exec(result)?.[1] ?? '') }));
    },
    /** What failed, without what passed. */
    failures: log => log.split('\n').filter(line => !/^ {2}(?:Passed|Skipped) /.test(line)).join('\n'),
  };
}

/** A folder of tests that node runs, each file in a process of its own, so many at once. */
export function nodeSuite(name, results, atOnce = 1) {
  const events = join(results, `${name}.jsonl`);
  const read = () => existsSync(events) ? readFileSync(events, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line)) : [];
  return {
    name,
    folder: join('tests', name),
    log: join(results, `${name}.log`),
    command: ['sh', '-c', `npm ci --no-audit --no-fund --silent \
      && exec node --test --test-concurrency=${atOnce} --test-timeout=${longest} \
      --test-reporter=spec --test-reporter-destination=stdout --test-reporter='${reporter}' --test-reporter-destination='${events}'`],
    read: () => {},
    count: () => read().length,
    totals: () => ({ passed: read().filter(test => test.passed).length, failed: read().filter(test => !test.passed).length }),
    times: read,
    failed: () => read().filter(test => !test.passed),
    /** The spec reporter tells of all failures once more at the end. */
    failures: log => log.slice(Math.max(log.lastIndexOf('failing tests:'), log.length - 20_000, 0)),
  };
}

function plain(text) {
  return text.replace(/&(?:quot|apos|lt|gt|amp|#x([0-9A-F]+));/g, (entity, code) => code ? String.fromCodePoint(parseInt(code, 16))
    : { '&quot;': '"', '&apos;': '\'', '&lt;': '<', '&gt;': '>', '&amp;': '&' }[entity]);
}
