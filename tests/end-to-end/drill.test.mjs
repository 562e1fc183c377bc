import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faults, leaveTransactionOpen } from './harness/faults.mjs';
import { missing, sightsIn } from './harness/sightings.mjs';
import { until } from './harness/wait.mjs';
import { WatchedCluster } from './harness/watched-cluster.mjs';

// The page says what an operator sees of each fault. Here each fault is done to a cluster, and all that the page says must be seen.
const page = readFileSync(resolve(fileURLToPath(import.meta.url), '..', '..', '..', 'ops/docs/drill.md'), 'utf8');
const sections = [...page.matchAll(/^## (.+)\n([^]*?)(?=^## |(?![^]))/gm)]
  .map(([, title, text]) => ({ title, text, sights: /^```sights\n([^]*?)^```/m.exec(text)?.[1] })).filter(({ sights }) => sights);

test('the page has a section and a row for each fault of the drill, '
  + 'and names the entries for the alerts that fire', () => {
  assert.deepEqual(sections.map(({ title }) => title), Object.keys(faults));
  const rows = [...page.matchAll(/^\| \[([^\]]+)\]\(#[\w-]+\) \| .*$/gm)];
  assert.deepEqual(rows.map(([, title]) => title), sections.map(({ title }) => title));
  for (const [i, { title, text, sights }] of sections.entries()) {
    const [row] = rows[i];
    assert.match(row, /\]\(runbook\.md#|\]\(outages\.md#/, title);
    for (const heading of ['**Injected.**', '**Healed.**']) assert.ok(text.includes(heading), `${title}: ${heading}`);
    for (const { kind, rest } of sightsIn(sights)) {
      if (kind === 'alert') {
        const [, alert] = rest.split(' ');
        assert.ok(text.includes(`](alerts.md#${alert.toLowerCase()})`), `${title}: ${alert}`);
        assert.ok(row.includes(alert.slice('TasksBus'.length)), `${title}: ${alert}`);
      }
      if (kind === 'check') assert.ok(row.includes(`\`${/^\w+ +([^:]+):/.exec(rest)[1]}\``), `${title}: ${rest}`);
    }
  }
});

test('an operator sees each fault as the page says, and it heals as the page says', async t => {
  const cluster = await WatchedCluster.start(t);
  await cluster.addFunction('resize', 'export const handler = async () => null;');
  await cluster.addFunction('send', 'export const handler = async () => null;');
  cluster.openTransaction = leaveTransactionOpen(cluster);
  t.after(() => cluster.openTransaction.end());
  await cluster.untilHealed();
  for (const { title, sights } of sections) {
    await t.test(title, async () => {
      const { inject, again = () => {}, heal } = faults[title];
      const begun = await inject(cluster);
      try {
        await untilSeen(cluster, sightsIn(sights), () => again(cluster, begun));
      } finally {
        await heal(cluster, begun);
        await cluster.untilHealed();
      }
    });
  }
});

/** Waits until each of the sights has been seen. Meanwhile the fault goes on. */
async function untilSeen(cluster, sights, again) {
  let rest = sights.map(sight => ({ sight }));
  await until('the fault is seen as the page says', async () => {
    await again();
    rest = await missing(cluster, rest.map(({ sight }) => sight));
    return rest.length === 0;
  }, {
    every: 250,
    seen: () => rest.map(({ sight, there }) =>
      `\nNot seen: ${sight.line}${sight.mend ? `\n    mend ${sight.mend}` : ''}\n  but: ${JSON.stringify(there)}`).join(''),
  });
}
