using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Functions.Registry;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Server.Hosting;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>
/// A change that one member makes holds for the next step of a task on every other member, although none of them is told.
/// </summary>
public sealed class ManagedFunctionTests(LocalServers servers) : ClusterTest(servers)
{
    [Fact]
    public async Task A_change_holds_for_the_next_step_of_a_task_on_every_member()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("weak", static _ => new InvocationResult.FunctionFailed("Error", "weak", null, null));
        var first = await Cluster.AddAsync(Roles.Api | Roles.Dispatcher);
        var second = await Cluster.AddAsync(Roles.Api);
        await Cluster.AddAsync(Roles.Worker, invoker: invoker);
        await using PostgresDatabase elsewhere = new(Cluster.Database.ConnectionString);
        await elsewhere.ManageAsync("weak", static _ => { });

        for (var round = 0; round < 20; round++)
        {
            // These members have just used what they know.
            var (priority, isOn) = (round, round % 2 == 0);
            await elsewhere.ManageAsync("weak", function => (function.DefaultPriority, function.IsEnabled) = (priority, isOn));
            foreach (var member in new[] { first, second })
            {
                var task = await member.Intake.ScheduleAsync(TaskId.New(), new() { FunctionName = "weak" });
                Assert.Equal(priority, task.Priority);
                var failed = await Cluster.ReachesAsync(task.Id, TaskStates.Failed);
                Assert.Equal(isOn ? "Error" : TaskErrorNames.FunctionDisabled, failed.Error!.Name);
            }
        }

        await elsewhere.ManageAsync("weak", static function => (function.IsEnabled, function.IsRetried) = (true, true));
        var retried = await Cluster.ReachesAsync(await Cluster.ScheduleAsync("weak"), TaskStates.Retried);
        var successor = (await Cluster.FindAsync(retried.RetriedByTaskId!.Value))!;
        // The clock of the database set both times.
        Assert.Equal(retried.StatusChangedTimestamp.AddSeconds(2), successor.StartTimestamp);
        await elsewhere.ManageAsync("weak", static function => function.IsRetried = false);
        await Cluster.ReachesAsync(successor.Id, TaskStates.Failed);
    }

    [Fact]
    public async Task A_policy_that_is_turned_off_while_a_function_runs_retries_it_no_more()
    {
        var invoker = new ScriptedInvoker();
        var answer = invoker.Hold("held");
        await Cluster.AddAsync(invoker: invoker);
        await using PostgresDatabase elsewhere = new(Cluster.Database.ConnectionString);
        await elsewhere.ManageAsync("held", static function => function.IsRetried = true);
        var id = await Cluster.ScheduleAsync("held");
        await Eventually.TrueAsync(() => invoker.CountOf("held") == 1, "the function runs");

        await elsewhere.ManageAsync("held", static function => function.IsRetried = false);
        answer.SetResult(new InvocationResult.FunctionFailed("Error", "late", null, null));

        await Cluster.ReachesAsync(id, TaskStates.Failed);
    }

    [Fact]
    public async Task A_retry_takes_with_it_all_that_the_task_was_given()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("weak", static invoked => invoked.Event.TryGetProperty("retryForTaskIds", out _)
            ? ScriptedInvoker.Success
            : new InvocationResult.FunctionFailed("Error", "weak", null, null));
        var member = await Cluster.AddAsync(invoker: invoker);
        var service = await Cluster.AddServiceAsync();
        await using PostgresDatabase elsewhere = new(Cluster.Database.ConnectionString);
        await elsewhere.ManageAsync("weak", static function => function.IsRetried = true);

        var first = await member.Intake.ScheduleAsync(
            TaskId.New(), new() { FunctionName = "weak", Data = JsonElement.Parse("""{"n":1}"""), Tags = ["x"], Priority = -3 });
        var retried = await Cluster.ReachesAsync(first.Id, TaskStates.Retried);
        var done = await Cluster.ReachesAsync(retried.RetriedByTaskId!.Value, TaskStates.Complete);

        Assert.Equal(("""{"n":1}""", -3), (done.Data, done.Priority));
        Assert.Equal(["x"], done.Tags);
        Assert.Equal([first.Id], done.RetryForTaskIds);
        Assert.True(done.StatusChangedTimestamp >= retried.StatusChangedTimestamp.AddSeconds(2));
        await Eventually.TrueAsync(() => service.Events.Count >= 2, "both ends are heard of");
        Assert.Equal([nameof(TaskRetried)], service.Of(first.Id));
        Assert.Equal([nameof(TaskCompleted)], service.Of(done.Id));
    }

    [Fact]
    public async Task A_message_for_a_function_that_is_not_registered_goes_to_the_error_queue_with_the_reason()
    {
        await Cluster.AddAsync(options: static options => options.OnlyRegisteredFunctions = true);
        var service = await Cluster.AddServiceAsync();
        await using PostgresDatabase elsewhere = new(Cluster.Database.ConnectionString);
        var (refused, taken) = (TaskId.New(), TaskId.New());

        await service.Bus.Publish(new ScheduleTask { TaskId = refused.ToString(), FunctionName = "greet" }, CancellationToken.None);
        var reason = Assert.Single(await Cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
        Assert.Contains("RESOURCE_UNKNOWN_EXCEPTION (16)", reason, StringComparison.Ordinal);
        Assert.Contains("'greet'", reason, StringComparison.Ordinal);
        await elsewhere.ManageAsync("greet", static _ => { });
        await service.Bus.Publish(new ScheduleTask { TaskId = taken.ToString(), FunctionName = "greet" }, CancellationToken.None);

        await Cluster.ReachesAsync(taken, TaskStates.Complete);
        Assert.Null(await Cluster.FindAsync(refused));
    }

    [Fact]
    public async Task Members_read_what_another_encrypted()
    {
        await using PostgresDatabase one = new(Cluster.Database.ConnectionString), other = new(Cluster.Database.ConnectionString);
        var encrypted = Protection(one).Encrypt(new Dictionary<string, string> { ["NAME"] = "value" });

        Assert.Equal("value", Protection(other).Decrypt(encrypted)!["NAME"]);
        Assert.Equal(1, await Cluster.Database.ScalarAsync<long>("select count(*) from data_protection_keys"));
    }

    private static EnvironmentValues Protection(PostgresDatabase database)
    {
        ServiceCollection services = new();
        services.AddDataProtection().SetApplicationName(nameof(TasksBus)).PersistKeysToDatabase(database);
        return new(services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>());
    }
}
