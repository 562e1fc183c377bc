import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { parse } from 'yaml';

// There may be no Docker here to start this with. So its files are read, and held against what they speak of.
const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const at = path => join(root, path);
const text = readFileSync(at('docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true });
const services = Object.entries(compose.services);
const source = readdirSync(at('src'), { recursive: true })
  .filter(path => path.endsWith('.cs') && !/(^|\/)(bin|obj)\//.test(path))
  .map(path => readFileSync(at(join('src', path)), 'utf8'))
  .join('\n');

/** What compose puts in: the default of a variable, where there is one. */
const withDefaults = value => value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

test('only the API is published, on this machine', () => {
  assert.deepEqual(services.filter(([, service]) => service.ports).map(([name]) => name), ['api']);
  assert.deepEqual(compose.services.api.ports.map(withDefaults), ['127.0.0.1:8080:8080']);
});

test('functions share no network with the database or the broker, and these two lead nowhere else', () => {
  const others = [...compose.services.postgres.networks, ...compose.services.rabbitmq.networks];
  assert.deepEqual(compose.services['local-lambda'].networks.filter(name => others.includes(name)), []);
  for (const name of others) assert.equal(compose.networks[name].internal, true, name);
  for (const [name, service] of services)
    for (const network of service.networks) assert.ok(network in compose.networks, `${name}: ${network}`);
});

test('the accounts of database and broker administer nothing', () => {
  const { postgres, rabbitmq } = compose.services;
  assert.ok(!('POSTGRES_USER' in postgres.environment) && !('POSTGRES_DB' in postgres.environment), 'it would be the superuser');
  assert.match(readFileSync(at('ops/docker/postgres.sh'), 'utf8'), /^create role tasksbus login nosuperuser nocreatedb nocreaterole /m);
  assert.ok(postgres.volumes.some(volume => volume.startsWith('./ops/docker/postgres.sh:/docker-entrypoint-initdb.d/')));
  assert.match(readFileSync(at('ops/docker/rabbitmq.conf'), 'utf8'), /^default_user_tags\.administrator = false$/m);
  assert.ok(rabbitmq.volumes.some(volume => volume.startsWith('./ops/docker/rabbitmq.conf:/etc/rabbitmq/conf.d/')));
});

// PostgreSQL counts in two numbers, the others in three.
const isPinned = image => /@sha256:[0-9a-f]{64}$/.test(image)
  || (image.startsWith('postgres:') ? /:\d+\.\d+(-[a-z-]+)?$/ : /:\d+\.\d+\.\d+(-[a-z-]+)?$/).test(image);

for (const [name, service] of services) {
  test(`service ${name}: it has limits, no powers and a version`, () => {
    for (const limit of ['cpus', 'memory', 'pids']) assert.ok(service.deploy?.resources?.limits?.[limit], `no limit of ${limit}`);
    assert.deepEqual(service.cap_drop, ['ALL']);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true']);
    if (service.build) assert.equal(service.cap_add, undefined);
    else assert.ok(isPinned(service.image), service.image);
  });
}

test('no secret has a default, and env.sh makes each', t => {
  const folder = mkdtempSync(join(tmpdir(), 'tasksbus-env-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const said = execFileSync(at('ops/docker/env.sh'), [join(folder, '.env')], { encoding: 'utf8' });
  const made = Object.fromEntries(readFileSync(join(folder, '.env'), 'utf8').trim().split('\n').map(line => line.split('=')));
  const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(match => match[1]);
  assert.deepEqual(Object.keys(made).sort(), [...new Set(required)].sort());
  for (const [, name, rest] of text.matchAll(/\$\{(\w+)(:[-?])?/g)) assert.ok(rest, `${name} is neither required nor has it a default`);

  const key = /^ {2}(tbk_[0-9a-f]{64})$/m.exec(said)[1];
  const hash = execFileSync('sha256sum', { input: key, encoding: 'utf8' }).split(' ')[0];
  assert.equal(made.TASKSBUS_API_KEY_HASH, `sha256:${hash}`);
  assert.throws(() => execFileSync(at('ops/docker/env.sh'), [join(folder, '.env')], { stdio: 'pipe' }), /is there already/);
});

for (const [name, service] of services) {
  test(`service ${name}: its files exist, it is checked, and it waits for services that are`, () => {
    if (service.build) assert.ok(existsSync(at(join(service.build.context, service.build.dockerfile))), service.build.dockerfile);
    assert.ok(service.healthcheck?.test, 'no health check');
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      assert.ok(compose.services[other], other);
      assert.equal(condition, 'service_healthy');
    }
    for (const volume of (service.volumes ?? []).map(withDefaults)) {
      const [from] = volume.split(':');
      assert.ok(from.startsWith('.') ? existsSync(at(from)) : from in compose.volumes, volume);
    }
  });

  test(`service ${name}: its settings are ones that the programs know`, () => {
    for (const [setting, value] of Object.entries(service.environment ?? {})) {
      if (!service.build || /^ASPNETCORE_/.test(setting)) continue;
      const [section, ...names] = setting.split('__');
      const read = section === 'ConnectionStrings' ? [`GetConnectionString("${names[0]}")`] : names.filter(name => !/^\d+$/.test(name));
      for (const name of read) assert.ok(source.includes(name), `${setting}: nothing reads ${name}`);
      if (setting === 'TasksBus__Roles')
        for (const role of value.split(',')) assert.ok(['api', 'dispatcher', 'worker'].includes(role), role);
    }
  });
}

for (const file of readdirSync(at('ops/images')).filter(name => name.endsWith('.Dockerfile'))) {
  test(`${file} copies what exists and is not ignored, and does not run as root`, () => {
    const lines = readFileSync(at(join('ops/images', file)), 'utf8').split('\n');
    const kept = readFileSync(at('.dockerignore'), 'utf8').split('\n').filter(line => line.startsWith('!')).map(line => line.slice(1));
    const stages = lines.map(line => / AS (\w+)$/.exec(line)?.[1]).filter(Boolean);
    for (const line of lines.filter(line => line.startsWith('COPY '))) {
      const words = line.split(' ').slice(1);
      const from = words.find(word => word.startsWith('--from='));
      if (from) {
        assert.ok(stages.includes(from.slice('--from='.length)), line);
        continue;
      }
      for (const path of words.filter(word => !word.startsWith('--')).slice(0, -1)) {
        assert.ok(existsSync(at(path)), path);
        assert.ok(kept.includes(path.replace(/\/$/, '')), `${path} is ignored`);
      }
    }
    for (const line of lines.filter(line => line.startsWith('FROM ')))
      assert.ok(isPinned(line.split(' ')[1]), `${line}: write the whole version`);
    for (const line of lines.filter(line => /^RUN dotnet (restore|publish) /.test(line)))
      assert.ok(existsSync(at(line.split(' ')[3])), line);
    assert.equal(lines.filter(line => line.startsWith('USER ')).at(-1), 'USER $APP_UID');
  });
}
