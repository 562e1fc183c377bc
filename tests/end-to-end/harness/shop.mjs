import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dotnet, newProject } from './projects.mjs';

/** An application whose worker has a function, a site that runs it itself, and a program that tests it; built with one command. */
export function newShop(workspace, packages) {
  const properties = `
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>`;
  const worker = newProject(workspace, packages, 'ShopWorker', properties, ['TasksBus.Worker']);
  writeFileSync(join(worker, 'ShopFunctions.cs'), `
    using TasksBus.Worker;

    static class ShopFunctions
    {
        public static void Register(TaskFunctions functions) => functions.AddFunction<Order, Invoice>(
            "invoice", (order, task, cancellationToken) => Task.FromResult(new Invoice(order.Number, order.Cents * 121 / 100)));
    }

    record Order(int Number, int Cents);

    record Invoice(int Number, int Cents);
`);
  writeFileSync(join(worker, 'Program.cs'), `
    using Microsoft.Extensions.DependencyInjection;
    using Microsoft.Extensions.Hosting;
    using TasksBus.Worker;

    var builder = Host.CreateApplicationBuilder(args);
    builder.Services.AddTasksBusWorker(ShopFunctions.Register);
    await builder.Build().RunAsync();
`);
  const functions = '<Compile Include="../shopworker/ShopFunctions.cs" />';
  const site = newProject(workspace, packages, 'ShopSite', properties, ['TasksBus.AspNetCore'], functions);
  writeFileSync(join(site, 'Program.cs'), `
    using System.Text.Json;
    using Microsoft.AspNetCore.Builder;
    using Microsoft.Extensions.DependencyInjection;
    using TasksBus.AspNetCore;
    using TasksBus.Contracts;

    var builder = WebApplication.CreateBuilder(args);
    builder.Services.AddTasksBus(tasks =>
    {
        tasks.Settings = settings => settings.KeepResults = ["invoice"];
        ShopFunctions.Register(tasks);
    });
    var app = builder.Build();
    app.MapTasksBus("/tasks");
    await app.StartAsync();
    var ended = await app.Services.GetRequiredService<ITaskClient>().ScheduleAndWaitAsync(
        "invoice", new { number = 5, cents = 1000 }, TimeSpan.FromMinutes(1));
    using HttpClient http = new() { BaseAddress = new(app.Urls.First()) };
    var docs = await http.GetAsync("/tasks/docs");
    var page = JsonElement.Parse(await http.GetStringAsync("/tasks/tasks/v1/"));
    await app.StopAsync();
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        result = ended.EnsureComplete().Result, docs = docs.StatusCode.ToString(),
        tasks = page.GetProperty("page").GetProperty("total").GetInt32(),
    }));
`);
  const tests = newProject(
    workspace, packages, 'ShopTests', properties, ['TasksBus.Testing'], functions);
  writeFileSync(join(tests, 'Program.cs'), `
    using System.Text.Json;
    using TasksBus.Contracts;
    using TasksBus.Testing;

    await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
    {
        tasks.Settings.KeepResults = ["invoice"];
        tasks.AddFunctions(ShopFunctions.Register);
    });
    var data = JsonSerializer.SerializeToElement(new { number = 5, cents = 1000 });
    var id = await harness.ScheduleAsync(
        new ScheduleTask { FunctionName = "invoice", Data = data, StartTimestamp = harness.Now.AddDays(1) });
    await harness.Task(id).ShouldNotRun();
    await harness.AdvanceAsync(TimeSpan.FromDays(1));
    Console.WriteLine((await harness.Task(id).ShouldComplete()).Result);
`);
  writeFileSync(join(workspace.folder, 'Shop.slnx'), `<Solution>
    <Project Path="shopworker/ShopWorker.csproj" />
    <Project Path="shopsite/ShopSite.csproj" />
    <Project Path="shoptests/ShopTests.csproj" />
  </Solution>`);
  dotnet(workspace.folder, ['build', 'Shop.slnx', '-c', 'Release', '--nologo', '-v', 'quiet']);
  return { worker, site, tests };
}
