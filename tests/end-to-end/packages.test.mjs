import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { newApiKey } from './harness/server.mjs';
import { Workspace } from './harness/workspace.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const version = '1.0.0';

// What `make pack` makes, as the service of somebody else uses it.
test('a new project restores the packages from a folder, schedules, waits and reads', { timeout: 300_000 }, async t => {
  const workspace = new Workspace(t);
  const packages = join(workspace.folder, 'packages');
  execFileSync(join(root, 'ops/local/pack.sh'), [packages], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.deepEqual(
    readdirSync(packages).sort(),
    ['TasksBus', 'TasksBus.Client', 'TasksBus.Client.PostgreSql', 'TasksBus.Contracts', 'TasksBus.RabbitMq', 'TasksBus.Storage', 'TasksBus.Testing', 'TasksBus.Worker']
      .flatMap(name => [`${name}.${version}.nupkg`, `${name}.${version}.snupkg`]).sort());

  const { key, settings } = newApiKey('service');
  const server = await workspace.start(settings, { key });
  const project = newProject(workspace, packages);
  const output = dotnet(project, ['run', '-c', 'Release', '--', server.url, key, workspace.recordFile]);

  const { id, ...ended } = JSON.parse(output.trim().split('\n').at(-1));
  assert.deepEqual(ended, { status: 'complete', found: 'complete', listed: 1, refused: 'FIELD_FORMAT_EXCEPTION' });
  assert.deepEqual(workspace.record().map(line => [line.id, line.data.n]), [[id, 5]]);

  for (const name of ['Contracts', 'Client']) checkPackage(join(project, 'restored', `tasksbus.${name.toLowerCase()}`, version), name);
});

/** What is in a package besides the program. */
function checkPackage(folder, name) {
  const read = path => readFileSync(join(folder, path), 'utf8');
  const spec = read(`tasksbus.${name.toLowerCase()}.nuspec`);
  assert.match(spec, /<license type="expression">Apache-2\.0<\/license>/);
  assert.match(spec, /<readme>README\.md<\/readme>/);
  assert.match(spec, /<description>.{20,}<\/description>/);
  assert.match(read('README.md'), new RegExp(`^# TasksBus.${name}\n`));
  assert.match(read('LICENSE'), /Apache License/);
  assert.match(read(`lib/net10.0/TasksBus.${name}.xml`), /<summary>/);
  // Nothing says where it was built.
  for (const text of [spec, readFileSync(join(folder, `lib/net10.0/TasksBus.${name}.dll`), 'latin1')])
    for (const secret of [root, hostname()]) assert.ok(!text.includes(secret), `${name} names ${secret}`);
}

/** A program that knows nothing but the packages. */
function newProject(workspace, packages) {
  const folder = join(workspace.folder, 'service');
  mkdirSync(folder);
  const known = dotnet(folder, ['nuget', 'locals', 'global-packages', '--list']).replace(/^[^:]*: /, '').trim();
  writeFileSync(join(folder, 'nuget.config'), `<configuration>
    <packageSources><clear /><add key="here" value="${packages}" /></packageSources>
    <fallbackPackageFolders><clear /><add key="known" value="${known}" /></fallbackPackageFolders>
    <config><add key="globalPackagesFolder" value="${join(folder, 'restored')}" /></config>
  </configuration>`);
  writeFileSync(join(folder, 'Service.csproj'), `<Project Sdk="Microsoft.NET.Sdk">
    <PropertyGroup>
      <OutputType>Exe</OutputType>
      <TargetFramework>net10.0</TargetFramework>
      <ImplicitUsings>enable</ImplicitUsings>
      <Nullable>enable</Nullable>
    </PropertyGroup>
    <ItemGroup><PackageReference Include="TasksBus.Client" Version="${version}" /></ItemGroup>
  </Project>`);
  writeFileSync(join(folder, 'Program.cs'), `
    using System.Text.Json;
    using Microsoft.Extensions.DependencyInjection;
    using TasksBus.Client;
    using TasksBus.Contracts;

    ServiceCollection services = new();
    services.AddTasksBusClient(options => (options.Address, options.ApiKey) = (new Uri(args[0]), args[1]));
    await using var provider = services.BuildServiceProvider();
    var tasks = provider.GetRequiredService<ITasksBusClient>();

    var ended = await tasks.ScheduleAndWaitAsync(
        "record", new { record = args[2], n = 5 }, TimeSpan.FromMinutes(1), new() { IdempotencyKey = "order 5" });
    var found = await tasks.FindAsync(TaskId.FromKey("order 5"));
    var list = await tasks.ListAsync("eq(functionName,record)");
    var refused = "";
    try
    {
        await tasks.ScheduleAsync("no name", new { });
    }
    catch (TaskRefusedException exception)
    {
        refused = exception.Code.Name;
    }

    Console.WriteLine(JsonSerializer.Serialize(new
    {
        id = ended.Id.ToString(), status = ended.EnsureComplete().Status, found = found?.Status, listed = list.Total, refused,
    }));
`);
  return folder;
}

function dotnet(cwd, args) {
  const env = { ...process.env, DOTNET_NOLOGO: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1', MSBUILDDISABLENODEREUSE: '1' };
  return execFileSync('dotnet', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
