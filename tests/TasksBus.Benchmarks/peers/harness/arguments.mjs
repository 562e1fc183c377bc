import { parseArgs } from 'node:util';

const usage = 'Usage: node SYSTEM.mjs --connection postgres://USER:PASSWORD@HOST:PORT/DATABASE --load one-by-one|bulk|drain|latency '
  + '[--jobs 20000] [--producers 32]';

/** Reads the command line that every peer shares; a mistake ends the program with one line on standard error. */
export function readArguments(loads) {
  try {
    const { values } = parseArgs({
      options: {
        connection: { type: 'string' },
        load: { type: 'string' },
        jobs: { type: 'string', default: '20000' },
        producers: { type: 'string', default: '32' },
      },
    });
    const { connection, load } = values;
    if (!connection || !loads.includes(load)) throw new Error(`--connection, and --load as one of ${loads.join(', ')}, are needed.`);
    return { connection, load, jobs: positive('jobs', values.jobs), producers: positive('producers', values.producers) };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

function positive(name, text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1; it was ${text}.`);
  return number;
}
