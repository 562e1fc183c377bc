import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { dotnet, known, newProject, version } from './harness/projects.mjs';
import { newApiKey } from './harness/server.mjs';
import { Servers } from './harness/servers.mjs';
import { newShop } from './harness/shop.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const packages = mkdtempSync(join(tmpdir(), 'tasksbus-packages-'));
before(() => execFileSync(join(root, 'ops/local/pack.sh'), ['--as-built', packages], { stdio: ['ignore', 'pipe', 'inherit'] }));
after(() => rmSync(packages, { recursive: true, force: true }));

// What `make pack` makes, as the service of somebody else uses it.
test('a new project restores the packages from a folder, schedules, waits and reads', async t => {
  const workspace = new Workspace(t);
  assert.deepEqual(
    readdirSync(packages).sort(),
    ['TasksBus', 'TasksBus.AspNetCore', 'TasksBus.Client', 'TasksBus.Client.MassTransit', 'TasksBus.Client.PostgreSql',
      'TasksBus.Contracts', 'TasksBus.Lambda', 'TasksBus.RabbitMq', 'TasksBus.Service', 'TasksBus.Storage', 'TasksBus.Testing',
      'TasksBus.Tool', 'TasksBus.Worker']
      .flatMap(name => [`${name}.${version}.nupkg`, `${name}.${version}.snupkg`]).sort());

  const { key, settings } = newApiKey('service');
  const server = await workspace.start(settings, { key });
  const project = newService(workspace);
  const output = dotnet(project, ['run', '-c', 'Release', '--', server.url, key, workspace.recordFile]);

  const { id, ...ended } = JSON.parse(output.trim().split('\n').at(-1));
  assert.deepEqual(ended, { status: 'complete', found: 'complete', listed: 1, refused: 'FIELD_FORMAT_EXCEPTION FIELD_FORMAT_EXCEPTION' });
  assert.deepEqual(workspace.record().map(line => [line.id, line.data.n]), [[id, 5]]);

  checkPackages(project, ['TasksBus.Client', 'TasksBus.Client.MassTransit', 'TasksBus.Contracts']);
});

test('a new project restores the package for PostgreSQL, and schedules in the transaction of its own rows', async t => {
  const workspace = new Workspace(t);
  const servers = Servers.for(t);
  const env = await servers.start();
  const server = await workspace.start({ Roles: 'api,dispatcher' }, { env });
  const project = newProject(workspace, packages, 'Orders', `
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>`, ['TasksBus.Client.PostgreSql']);
  writeFileSync(join(project, 'Program.cs'), `
    using Npgsql;
    using TasksBus.Client.PostgreSql;

    await using NpgsqlConnection connection = new(args[0]);
    await connection.OpenAsync();
    await using (NpgsqlCommand make = new("create table orders(number int primary key)", connection)) await make.ExecuteNonQueryAsync();
    foreach (var number in new[] { 1, 2 })
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using NpgsqlCommand insert = new($"insert into orders values ({number})", connection);
        await insert.ExecuteNonQueryAsync();
        var id = await transaction.ScheduleTaskAsync("invoice", new { number });
        if (number == 1) continue;
        await transaction.CommitAsync();
        Console.WriteLine(id);
    }
`);
  const output = dotnet(project, ['run', '-c', 'Release', '--', env.ConnectionStrings__tasksbus]);

  const id = output.trim().split('\n').at(-1);
  await until('the task is taken in', async () => (await server.request('GET', `/${id}`)).status === 200, { seen: () => server.output });
  const tasks = (await server.ask('GET', '/')).data;
  assert.deepEqual(tasks.map(task => [task.id, task.functionName, task.data]), [[id, 'invoice', { number: 2 }]]);
  assert.equal(await servers.query('select string_agg(number::text, \',\') from orders'), '2');
  checkPackages(project, ['TasksBus.Client.PostgreSql', 'TasksBus.Contracts']);
});

// Functions in .NET: the application whose worker runs them in a cluster, the site with the whole service in it, and the project that
// tests them in memory.
test('new projects restore the worker, the whole service and the harness, and run the same function', async t => {
  const workspace = new Workspace(t);
  const servers = Servers.for(t);
  const starting = servers.start();
  const { worker, site, tests } = newShop(workspace, packages);
  const program = join(worker, 'bin/Release/net10.0/ShopWorker.dll');
  const result = { number: 5, cents: 1210 };

  assert.deepEqual(JSON.parse(dotnet(tests, ['bin/Release/net10.0/ShopTests.dll'])), result);
  const said = dotnet(site, ['bin/Release/net10.0/ShopSite.dll', '--urls', 'http://127.0.0.1:0']).trim().split('\n').at(-1);
  assert.deepEqual(JSON.parse(said), { result, docs: 'OK', tasks: 1 });
  assert.equal(statSync(join(site, '.data')).mode & 0o777, 0o700);
  const engine = ['TasksBus', 'TasksBus.Contracts', 'TasksBus.Lambda', 'TasksBus.RabbitMq', 'TasksBus.Service', 'TasksBus.Storage'];
  checkPackages(worker, ['TasksBus.Worker']);
  checkPackages(site, [...engine, 'TasksBus.AspNetCore', 'TasksBus.Worker']);
  checkPackages(tests, ['TasksBus.Testing']);

  const alone = spawnSync('dotnet', [program], { encoding: 'utf8', timeout: 60_000 });
  assert.match(alone.stderr, /The worker needs the PostgreSQL of its cluster: set ConnectionStrings__tasksbus/);
  assert.notEqual(alone.status, 0);

  const env = { ...await starting, TasksBus__KeepResults__0: 'invoice' };
  const server = await workspace.start({ Roles: 'api,dispatcher' }, { env });
  const running = spawn('dotnet', [program], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => running.kill('SIGKILL'));
  let output = '';
  running.stdout.on('data', chunk => output += chunk);
  const exited = new Promise(done => running.once('close', (...end) => done(end)));
  // Until then its function is in no pool of its own.
  await until('the worker has joined', () => output.includes('Application started'), { seen: () => output });
  const { id } = await server.create({ functionName: 'invoice', data: { number: 5, cents: 1_000 } });
  await until('the worker has run it', async () => (await server.get(id)).status === 'complete', { seen: () => server.output + output });
  assert.deepEqual((await server.get(id)).result, result);
  running.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});

test('the command line is installed as a tool from a folder, and speaks to a server', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start();
  const config = join(workspace.folder, 'nuget.config');
  writeFileSync(config, `<configuration><packageSources><clear /><add key="here" value="${packages}" /></packageSources></configuration>`);
  const tools = join(workspace.folder, 'tools');
  dotnet(workspace.folder, ['tool', 'install', 'TasksBus.Tool', '--version', version, '--tool-path', tools, '--configfile', config]);

  const task = workspace.task({ n: 5 });
  const { status, stdout, stderr } = spawnSync(
    join(tools, 'tasksbus'), ['schedule', task.functionName, JSON.stringify(task.data), '--wait', '--json', '--server', server.url],
    { encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(JSON.parse(stdout).status, 'complete');
});

// .NET Framework and older .NET: C# 7.3, which knows neither records nor init nor required.
test('a library in C# 7.3 for netstandard2.0 compiles against the contracts, which do there what they do here', t => {
  const workspace = new Workspace(t);
  const folder = newProject(workspace, packages, 'old', `
    <TargetFramework>netstandard2.0</TargetFramework>
    <LangVersion>7.3</LangVersion>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>`, ['TasksBus.Contracts']);
  writeFileSync(join(folder, 'Old.cs'), `
    using System;
    using System.Text.Json;
    using TasksBus.Contracts;

    namespace Old
    {
        public static class Tasks
        {
            public static string Make()
            {
                var id = TaskId.FromKey("order 5");
                var task = new ScheduleTask
                {
                    FunctionName = "resize", IdempotencyKey = "order 5", Priority = 5, Tags = new[] { "tour" }, Reference = "order 5",
                    Data = JsonSerializer.SerializeToElement(new { id = 5 }),
                    StartTimestamp = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero),
                };
                TaskRules.Check(task);
                var options = new ScheduleOptions { Publisher = "old", TaskId = TaskId.Parse(id.ToString().ToUpperInvariant()) };
                TaskRules.Check(options.NewTask("resize", new { id = 5 }));
                TaskRules.Check(new ScheduleTasks { Tasks = new[] { task } }.Tasks);
                try
                {
                    TaskRules.Check(new ScheduleTask { FunctionName = "no name" });
                }
                catch (TaskRefusedException exception)
                {
                    var read = JsonSerializer.Deserialize<TaskSnapshot>(
                        "{\\"Id\\":\\"" + id + "\\",\\"Status\\":\\"complete\\"}").EnsureComplete();
                    return string.Join(" ", id, read.Id == id, TaskId.FromGuid(id.ToGuid()) == id, TaskId.New().CompareTo(id) > 0,
                        TaskId.FromMessage(new Guid("00112233-4455-6677-8899-aabbccddeeff"), 1), exception.Code.Name,
                        TaskEventRouting.KeyOf(nameof(TaskCompleted), "a:function:re.size:1", null), TaskRules.IsStorable("\\ud83d"));
                }

                return "";
            }
        }
    }
`);
  dotnet(folder, ['build', '-c', 'Release', '--nologo', '-v', 'quiet']);

  // What was made for older versions does what the other one does.
  const project = newProject(workspace, packages, 'new', `
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>`, []);
  writeFileSync(join(project, 'Program.cs'), `
    using System.Reflection;
    using System.Runtime.Loader;

    Console.WriteLine(string.Join('\\n', args[2..].Select(contracts =>
    {
        AssemblyLoadContext context = new(contracts);
        context.Resolving += (_, name) => name.Name switch
        {
            "TasksBus.Contracts" => context.LoadFromAssemblyPath(contracts),
            "Microsoft.Bcl.TimeProvider" => context.LoadFromAssemblyPath(args[1]),
            var other => Assembly.Load(new AssemblyName(other!)),
        };
        return context.LoadFromAssemblyPath(args[0]).GetType("Old.Tasks")!.GetMethod("Make")!.Invoke(null, null);
    })));
`);
  const contracts = target => join(folder, 'restored/tasksbus.contracts', version, `lib/${target}/TasksBus.Contracts.dll`);
  const output = dotnet(project, ['run', '-c', 'Release', '--', join(folder, 'bin/Release/netstandard2.0/old.dll'),
    join(known(root), 'microsoft.bcl.timeprovider/10.0.15/lib/net8.0/Microsoft.Bcl.TimeProvider.dll'), contracts('net10.0'),
    contracts('netstandard2.0')]);
  const [newer, older] = output.trim().split('\n').slice(-2);
  assert.match(newer, /^[0-9a-f]{24} True True True [0-9a-f]{24} FIELD_FORMAT_EXCEPTION -\.re_size\.completed False$/);
  assert.equal(older, newer);
});

/** Looks into packages as a project has restored them. */
function checkPackages(project, names) {
  for (const name of names) {
    const folder = join(project, 'restored', name.toLowerCase(), version);
    const read = path => readFileSync(join(folder, path), 'utf8');
    const spec = read(`${name.toLowerCase()}.nuspec`);
    assert.match(spec, /<license type="expression">Apache-2\.0<\/license>/);
    assert.match(spec, /<readme>README\.md<\/readme>/);
    assert.match(spec, /<description>.{20,}<\/description>/);
    assert.match(read('README.md'), new RegExp(`^# ${name}\n`));
    assert.match(read('LICENSE'), /Apache License/);
    // What is public in this one serves the other packages only.
    if (name !== 'TasksBus.Service') assert.match(read(`lib/net10.0/${name}.xml`), /<summary>/);
    // Nothing says where it was built.
    // A host's name of a few letters stands in any program by chance.
    const secrets = hostname().length > 5 ? [root, hostname()] : [root];
    for (const text of [spec, readFileSync(join(folder, `lib/net10.0/${name}.dll`), 'latin1')])
      for (const secret of secrets) assert.ok(!text.includes(secret), `${name} names ${secret}`);
  }
}

/** A program that knows nothing but the packages. */
function newService(workspace) {
  const folder = newProject(workspace, packages, 'Service', `
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>`, ['TasksBus.Client', 'TasksBus.Client.MassTransit']);
  writeFileSync(join(folder, 'Program.cs'), `
    using System.Text.Json;
    using MassTransit;
    using Microsoft.Extensions.DependencyInjection;
    using TasksBus.Client;
    using TasksBus.Client.MassTransit;
    using TasksBus.Contracts;

    ServiceCollection services = new();
    services.AddTasksBusClient(options => (options.Address, options.ApiKey) = (new Uri(args[0]), args[1]));
    services.AddMassTransit(bus =>
    {
        bus.AddTasksBusClient(options => options.Publisher = "webshop");
        bus.UsingInMemory();
    });
    services.AddLogging();
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

    // Over a bus the same rules hold; only a broker is missing here.
    await using var scope = provider.CreateAsyncScope();
    try
    {
        await scope.ServiceProvider.GetRequiredService<ITaskPublisher>().ScheduleAsync("no name", new { });
    }
    catch (TaskRefusedException exception)
    {
        refused += $" {exception.Code.Name}";
    }

    Console.WriteLine(JsonSerializer.Serialize(new
    {
        id = ended.Id.ToString(), status = ended.EnsureComplete().Status, found = found?.Status, listed = list.Total, refused,
    }));
`);
  return folder;
}
