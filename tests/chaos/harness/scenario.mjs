import { Load } from './load.mjs';
import { judge, say, Watch } from './verdict.mjs';

let count = 0;

/**
 * Puts the cluster under load, lets something bad happen to it, and judges what became of the tasks.
 * @param options Those of the load and of the verdict.
 * @param happen Does it, and returns when each fault ended.
 */
export async function scenario(t, cluster, options, happen) {
  const load = new Load(cluster, `s${process.pid}n${++count}`, options).start();
  const watch = new Watch(cluster);
  try {
    await load.untilMore(50);
    const faults = await happen(load);
    await load.finish();
    const result = await judge(cluster, load, { ...options, faults });
    await watch.end();
    say(t, result);
    return { ...result, load, faults };
  } catch (error) {
    cluster.keepOutput(t);
    await load.abort();
    throw error;
  } finally {
    await watch.end().catch(() => {});
  }
}
