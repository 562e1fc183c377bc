import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const read = path => readFileSync(resolve(root, path), 'utf8');
const rules = parse(read('ops/monitoring/alerts.yml')).groups.flatMap(group => group.rules);
const board = JSON.parse(read('ops/monitoring/grafana.json'));

/** The names that Prometheus gives to the metrics of the page, by their kind and unit. */
const rows = read('ops/docs/telemetry.md').matchAll(/^\| `(tasksbus\.[a-z_.]+)` \| (\w+) \| (\w+) \|/gm);
const known = new Set([...rows].flatMap(([, metric, kind, unit]) => {
  const name = metric.replaceAll('.', '_') + (unit === 's' ? '_seconds' : '');
  return kind === 'counter' ? [`${name}_total`] : kind === 'histogram' ? ['bucket', 'sum', 'count'].map(part => `${name}_${part}`) : [name];
}));

const labels = ['tasksbus_pool', 'tasksbus_function', 'tasksbus_outcome', 'tasksbus_result'];
const metricsIn = text => [...text.matchAll(/tasksbus_[a-z_]+/g)].map(([name]) => name).filter(name => !labels.includes(name));

test('the alert rules are valid, and each fires when it should and only then', () => {
  const promtool = (...args) => execFileSync('promtool', args, { cwd: resolve(root, 'ops/monitoring'), encoding: 'utf8', stdio: 'pipe' });
  assert.match(promtool('check', 'rules', 'alerts.yml'), /SUCCESS: 18 rules found/);
  assert.match(promtool('test', 'rules', 'alerts.test.yml'), /SUCCESS/);
});

test('each alert has tests of its silence and its fire, and an entry that says what to do', () => {
  const [quiet, loud] = parse(read('ops/monitoring/alerts.test.yml')).tests;
  const tested = test => test.alert_rule_test.map(each => each.alertname);
  const headings = [...read('ops/docs/alerts.md').matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading);
  const names = rules.map(rule => rule.alert);
  assert.deepEqual(tested(quiet), names);
  assert.deepEqual(tested(loud), names);
  assert.deepEqual(headings, names);
  for (const rule of rules) assert.equal(rule.annotations.runbook, `ops/docs/alerts.md#${rule.alert.toLowerCase()}`);
});

test('each error that the alert about functions out of reach leaves out has a test of its silence', () => {
  const rule = rules.find(each => each.alert === 'TasksBusFunctionUnreachable').expr;
  const leftOut = [...rule.matchAll(/error_type!~"([^"]+)"/g)].flatMap(([, names]) => names.split('|'));
  const series = parse(read('ops/monitoring/alerts.test.yml')).tests[0].input_series.map(each => each.series);
  assert.ok(leftOut.length > 3);
  for (const name of leftOut) {
    const tested = series.some(each => each.startsWith('tasksbus_invocation_not_run_total') && each.includes(`error_type="${name}"`));
    assert.ok(tested, name);
  }
});

test('alerts and dashboard use metrics that there are', () => {
  const used = [...rules.map(rule => rule.expr), ...board.panels.flatMap(panel => panel.targets.map(target => target.expr)),
    ...board.annotations.list.map(each => each.expr), ...board.templating.list.map(each => each.query)].flatMap(metricsIn);
  assert.ok(known.size > 30 && used.length > 40);
  assert.deepEqual([...new Set(used)].filter(name => !known.has(name)), []);
});

test('no two panels of the dashboard overlap, and each has a unit and a query', () => {
  const taken = new Set();
  for (const { title, gridPos: { x, y, w, h }, targets, fieldConfig } of board.panels) {
    assert.ok(targets.length > 0 && fieldConfig.defaults.unit, title);
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert.ok(!taken.has(`${column},${row}`), title);
        taken.add(`${column},${row}`);
      }
    }
  }
});
