import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The SDK makes an error of its own class for each code; returns what the server answered. */
export async function fails(call, type, code) {
  let answer;
  await assert.rejects(call, error => {
    assert.deepEqual([error.constructor.name, error.response?.code], [type, code], error.message);
    answer = error.response;
    return true;
  });
  return answer;
}

/** Makes a function of JavaScript in the folder of functions. */
export function write(workspace, name, code, settings) {
  const folder = join(workspace.functions, name);
  mkdirSync(folder, { recursive: true });
  if (settings) writeFileSync(join(folder, 'function.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'index.mjs'), code);
}
