import { setTimeout } from 'node:timers/promises';

// Takes { "seconds": 1.5 } or { "ms": 1500 }.
export const handler = async event => {
  const ms = event.data?.ms ?? (event.data?.seconds ?? 1) * 1000;
  await setTimeout(ms);
  return { sleptMs: ms };
};
