import { setTimeout } from 'node:timers/promises';

/** Waits until the condition gives something true, and returns that. `seen` says for the error what was there instead. */
export async function until(what, condition, { within = 180_000, every = 50, seen = () => '' } = {}) {
  const end = performance.now() + within;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > end) throw new Error(`Not within ${within} ms: ${what}. ${await seen()}`);
    await setTimeout(every);
  }
}

/** Does something for each item, at most so many at once, and returns the results in the items' order. */
export async function forEach(items, atOnce, action) {
  const results = new Array(items.length);
  let next = 0;
  const one = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await action(items[i], i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, one));
  return results;
}
