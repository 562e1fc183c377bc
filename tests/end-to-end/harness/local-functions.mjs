import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './server.mjs';
import { until } from './wait.mjs';

/** An endpoint of local functions as a process of its own; returns its address. */
export async function localLambda(t, workspace) {
  const program = resolve(fileURLToPath(import.meta.url), '../../../../src/TasksBus.LocalLambda/bin/Release/net10.0/TasksBus.LocalLambda.dll');
  const url = `http://127.0.0.1:${await freePort()}`;
  const started = spawn('dotnet', [program, '--urls', url, `--LocalLambda:FunctionsPath=${workspace.functions}`, `--LocalLambda:StoragePath=${join(workspace.folder, 'lambda')}`], { stdio: 'ignore' });
  const ended = new Promise(done => started.once('close', done));
  t.after(() => {
    started.kill('SIGKILL');
    return ended;
  });
  await until('local functions can be invoked', async () => {
    try {
      return await fetch(url) !== undefined;
    } catch {
      return false; // Nobody listens yet.
    }
  });
  return url;
}
