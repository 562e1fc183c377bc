// Writes one line for each invocation, at once and in one piece, to the file named in the task's data: what the server did, seen from
// the function. Then sleeps for data.ms, and throws where data.fail says so.
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export const handler = async event => {
  const { record, ms, fail } = event.data;
  appendFileSync(record, `start ${event.id} ${Date.now()} ${JSON.stringify(event.data)}\n`);
  if (ms) await setTimeout(ms);
  if (fail) throw new RangeError(fail);
  return { id: event.id };
};
