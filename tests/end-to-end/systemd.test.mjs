import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const units = resolve(fileURLToPath(import.meta.url), '..', '..', '..', 'ops/systemd');
const read = name => readFileSync(join(units, name), 'utf8');
const setting = (unit, name) => new RegExp(`^${name}=(.+)$`, 'm').exec(unit)[1];

for (const [name, role] of [
  ['tasksbus-api.service', 'api'], ['tasksbus-dispatcher.service', 'dispatcher'], ['tasksbus-worker@.service', 'worker'],
]) {
  test(`systemd takes ${name}, which runs the role ${role}`, t => {
    const unit = read(name);
    assert.match(setting(unit, 'Environment'), new RegExp(`TasksBus__Roles=${role}( |$)`));
    assert.equal(setting(unit, 'ExecStart'), '/usr/bin/dotnet /opt/tasksbus/TasksBus.Server.dll');

    // Without the program, which is not here, systemd has nothing to say.
    const folder = mkdtempSync(join(tmpdir(), 'tasksbus-systemd-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const copy = join(folder, name.replace('@', '@default'));
    writeFileSync(copy, unit.replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true'));
    assert.equal(execFileSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8', stdio: 'pipe' }), '');
  });
}

test('a worker has the time that its drain may take', () => {
  const unit = read('tasksbus-worker@.service');
  const [hours, minutes, seconds] = /TasksBus__DrainTimeout=(\S+)/.exec(unit)[1].split(':').map(Number);
  assert.ok(Number(setting(unit, 'TimeoutStopSec')) >= (hours * 60 + minutes) * 60 + seconds + 15);
});
