using System.Net;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using TasksBus.AspNetCore;
using TasksBus.Client;
using TasksBus.Contracts;
using TasksBus.Service.Hosting;
using TasksBus.Testing;
using TasksBus.UnitTests.Engine;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.AspNetCore;

/// <summary>The whole service inside a user's ASP.NET Core application.</summary>
public sealed class EmbeddedTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_application_schedules_a_task_and_its_own_function_runs_it()
    {
        await using var app = await EmbeddedApp.StartAsync();

        var task = await app.Tasks.ScheduleAndWaitAsync("double", new { n = 21 }, s_patience);

        Assert.Equal(TaskStates.Complete, task.Status);
        Assert.Equal(42, task.Result!.Value.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task The_api_is_below_its_path_and_the_client_package_finds_it_there()
    {
        await using var app = await EmbeddedApp.StartAsync();
        ServiceCollection services = [];
        services.AddTasksBusClient(options => options.Address = new(app.Http.BaseAddress!, "/jobs"));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<ITasksBusClient>();

        var task = await client.ScheduleAndWaitAsync("double", new { n = 4 }, s_patience);

        Assert.Equal(8, task.Result!.Value.GetProperty("n").GetInt32());
        var (status, body) = await app.SendAsync($"/jobs/tasks/v1/?eq(id,{task.Id})");
        Assert.Equal(200, status);
        Assert.Equal(task.Id.ToString(), body.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(404, (await app.SendAsync("/tasks/v1/")).Status);
    }

    [Theory]
    [InlineData("/jobs", "/jobs/nothing/v1", "There is no GET /nothing/v1.")]
    [InlineData("/", "/nothing/v1", "There is no GET /nothing/v1.")]
    [InlineData("/of/{customer}/jobs/", "/of/7/jobs/nothing/v1", "There is no GET /nothing/v1.")]
    public async Task Errors_have_the_apis_form_below_any_prefix(string prefix, string path, string message)
    {
        await using var app = await EmbeddedApp.StartAsync(use: app =>
        {
            app.MapTasksBus(prefix);
            app.MapGet("/own", static () => "mine");
        });

        var (status, body) = await app.SendAsync(path);

        Assert.Equal((404, message), (status, body.GetProperty("message").GetString()));
        Assert.Equal("mine", (await app.SendAsync("/own")).Body.GetString());
    }

    [Fact]
    public async Task The_description_and_its_page_name_the_path()
    {
        await using var app = await EmbeddedApp.StartAsync();
        var address = new Uri(app.Http.BaseAddress!, "/jobs").ToString();

        var (_, description) = await app.SendAsync("/jobs/openapi.json");
        using var page = await app.Http.GetAsync(new Uri("/jobs/docs", UriKind.Relative));

        Assert.Equal(address, description.GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.True(page.IsSuccessStatusCode);
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotContain("src=\"/docs", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"/openapi.json\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_function_sees_the_path_below_its_name()
    {
        await using var lambda = await FakeLambda.StartAsync();
        lambda.Answers["page"] = """{"statusCode":200,"body":"seen"}""";
        using TempFolder folder = new();
        await using var app = await EmbeddedApp.StartAsync(
            tasks => tasks.DataPath = folder.Path,
            settings:
            [
                ("TasksBus:Lambda:Endpoint", lambda.Url), ("TasksBus:Lambda:Region", "eu-west-1"),
                ("TasksBus:Lambda:AccessKey", "AKIDEXAMPLE"), ("TasksBus:Lambda:SecretKey", "secret"),
            ]);

        var (status, body) = await app.SendAsync("/jobs/tasks/v1/api/page/a%2Fb/c?x=1");

        Assert.Equal((200, "seen"), (status, body.GetString()));
        Assert.Equal("/a%2Fb/c", JsonElement.Parse(lambda.LastPayload("page")).GetProperty("rawPath").GetString());
    }

    [Fact]
    public async Task What_the_application_does_with_the_request_before_and_after_stays_as_it_is()
    {
        TaskCompletionSource<(string? Path, string? Base, string? Endpoint, bool Services)> after = new();
        await using var app = await EmbeddedApp.StartAsync(use: app =>
        {
            app.UseRouting();
            app.Use(async (context, next) =>
            {
                var (services, endpoint) = (context.RequestServices, context.GetEndpoint());
                await next(context);
                after.SetResult((context.Request.Path, context.Request.PathBase, context.GetEndpoint()?.DisplayName,
                    ReferenceEquals(services, context.RequestServices) && ReferenceEquals(endpoint, context.GetEndpoint())));
            });
            app.MapTasksBus("/jobs");
        });

        await app.SendAsync("/jobs/tasks/v1/");
        // The caller has the answer before the application is done with the request.
        Assert.Equal(("/jobs/tasks/v1/", "", "TasksBus", true), await after.Task.EndsAsync());
    }

    [Fact]
    public async Task Its_functions_are_executed_directly_too()
    {
        await using var app = await EmbeddedApp.StartAsync();

        var (status, body) = await app.SendAsync("/jobs/tasks/v1/functions/double/execute", new { data = new { n = 21 } });

        Assert.Equal(200, status);
        Assert.Equal(42, body.GetProperty("result").GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task It_answers_over_http_2_too()
    {
        await using var app = await EmbeddedApp.StartAsync(settings: [("Kestrel:EndpointDefaults:Protocols", "Http2")]);

        var (status, body) = await app.SendAsync("/jobs/tasks/v1/", new { functionName = "double" }, static request =>
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact));

        Assert.Equal((200, "double"), (status, body.GetProperty("functionName").GetString()));
    }

    [Fact]
    public async Task A_second_application_does_not_start_on_the_same_folder()
    {
        using TempFolder folder = new();
        await using var app = await EmbeddedApp.StartAsync(folder: folder);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => EmbeddedApp.StartAsync(folder: folder));

        Assert.Contains(folder.Path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_applications_own_MassTransit_stays_as_it_is()
    {
        await using var app = await EmbeddedApp.StartAsync(
            services: static services => services.AddMassTransit(static bus => bus.UsingInMemory()));

        await app.Services.GetRequiredService<IBus>().Publish(new OwnMessage("hello"));

        Assert.Equal(TaskStates.Complete, (await app.Tasks.ScheduleAndWaitAsync("double", new { n = 1 }, s_patience)).Status);
    }

    [Fact]
    public async Task Tasks_outlive_the_application()
    {
        using TempFolder folder = new();
        TaskId later;
        await using (var app = await EmbeddedApp.StartAsync(Configure))
        {
            later = await app.Tasks.ScheduleAsync("double", new { n = 1 }, new() { StartTimestamp = DateTimeOffset.MaxValue.AddYears(-1) });
        }

        await using var again = await EmbeddedApp.StartAsync(Configure);
        Assert.Equal(TaskStates.New, (await again.Tasks.FindAsync(later))!.Status);
        Assert.True((await again.Tasks.CancelAsync(later)).Canceled);

        void Configure(TasksBusBuilder tasks)
        {
            tasks.DataPath = folder.Path;
            tasks.AddFunction("double", static (_, _) => Task.CompletedTask);
        }
    }

    [Fact]
    public async Task Services_of_the_application_use_it_while_they_start_and_stop()
    {
        Using user = new();
        var app = await EmbeddedApp.StartAsync(services: services => services.AddHostedService(provider =>
        {
            user.Tasks = provider.GetRequiredService<ITaskClient>();
            return user;
        }));

        await app.DisposeAsync();

        Assert.Equal(TaskStates.Complete, user.AtStart!.Status);
        Assert.NotNull(user.AtStop);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_in_the_apis_form()
    {
        await using var app = await EmbeddedApp.StartAsync();

        var (status, body) = await app.SendAsync(
            "/jobs/tasks/v1/", new { functionName = "double", data = new { text = new string('a', 8_000_000) } });

        Assert.Equal((ErrorCode.DataTooLarge.HttpStatus, ErrorCode.DataTooLarge.Code), (status, body.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Its_check_is_healthy_once_it_runs()
    {
        await using var app = await EmbeddedApp.StartAsync(services: static services => services.AddHealthChecks().AddTasksBus());

        var report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal(HealthStatus.Healthy, report.Entries["tasksbus"].Status);
    }

    [Theory]
    [InlineData("Where do the functions run?", false, null)]
    [InlineData("AddTasksBus has functions, and TasksBus:Lambda says", true, "TasksBus:Lambda:Region=eu-west-1")]
    [InlineData("ConnectionStrings__tasksbus is set and", true, "ConnectionStrings:tasksbus=Host=localhost")]
    [InlineData("TasksBus:WorkerSlots", true, "TasksBus:WorkerSlots=0")]
    public async Task A_wrong_setting_ends_the_start_and_says_how_to_mend_it(string beginning, bool hasFunction, string? setting)
    {
        using TempFolder folder = new();

        var refused = await Assert.ThrowsAsync<StartException>(() => EmbeddedApp.StartAsync(
            tasks =>
            {
                tasks.DataPath = folder.Path;
                if (hasFunction)
                {
                    tasks.AddFunction("double", static (_, _) => Task.CompletedTask);
                }
            },
            settings: setting?.Split('=', 2) is [var name, var value] ? [(name, value)] : []));

        Assert.StartsWith(beginning, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_added_once_and_before_it_is_mapped()
    {
        var builder = WebApplication.CreateBuilder();
        Assert.Throws<InvalidOperationException>(() => builder.Build().MapTasksBus());
        builder = WebApplication.CreateBuilder();
        builder.Services.AddTasksBus(static _ => { });

        Assert.Throws<InvalidOperationException>(() => builder.Services.AddTasksBus(static _ => { }));
    }

    [Fact]
    public async Task In_a_test_the_harness_runs_its_functions_and_its_client_speaks_to_the_harness()
    {
        await using var app = await EmbeddedApp.StartAsync(services: static services => services.AddTasksBusTestHarness());

        var id = await app.Tasks.ScheduleAsync("double", new { n = 5 });

        var harness = app.Services.GetTasksBusTestHarness();
        await harness.RunAllAsync();
        await harness.Task(id.ToString()).ShouldComplete();
        Assert.Equal(TaskStates.Complete, (await app.Tasks.WaitAsync(id, s_patience)).Status);
        Assert.Equal(503, (await app.SendAsync("/jobs/tasks/v1/")).Status);
    }

    private sealed record OwnMessage(string Text);

    /// <summary>A service that runs a task when it starts, and schedules one when it stops.</summary>
    private sealed class Using : IHostedService
    {
        public ITaskClient? Tasks { get; set; }

        public TaskSnapshot? AtStart { get; private set; }

        public TaskSnapshot? AtStop { get; private set; }

        public async Task StartAsync(CancellationToken cancellationToken) =>
            AtStart = await Tasks!.ScheduleAndWaitAsync("double", new { n = 1 }, cancellationToken: cancellationToken);

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            var id = await Tasks!.ScheduleAsync("double", new { n = 1 }, cancellationToken: cancellationToken);
            AtStop = await Tasks!.FindAsync(id, cancellationToken);
        }
    }
}
