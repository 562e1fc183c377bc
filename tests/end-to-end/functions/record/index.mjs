// Writes one line for each invocation, at once and in one piece, to the file named in the task's data: what the server did, seen from
// the function. Then waits for data.ms and until the file data.gate exists, and throws where data.fail says so.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export const handler = async event => {
  const { record, ms, gate, fail } = event.data;
  appendFileSync(record, `start ${event.id} ${Date.now()} ${JSON.stringify(event.data)}\n`);
  if (ms) await setTimeout(ms);
  while (gate && !existsSync(gate)) await setTimeout(10);
  if (fail) throw new RangeError(fail);
  return { id: event.id };
};
