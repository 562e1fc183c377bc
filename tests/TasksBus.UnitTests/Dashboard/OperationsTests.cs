using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Storage;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>The operations that the HTTP API and the dashboard share.</summary>
[Collection(ApiServer.Collection)]
public class OperationsTests(ApiServer server)
{
    private static readonly TaskId s_id = TaskId.Parse("507f1f77bcf86cd799439011");

    public static TheoryData<string, Func<IServiceProvider, Caller, Task>> Each => new()
    {
        { Permissions.ViewTasks, static (all, who) => all.Get<TaskOperations>().ListAsync(who, RqlQuery.Everything, default) },
        { Permissions.ViewTasks, static (all, who) => all.Get<TaskOperations>().FindAsync(who, s_id, default) },
        { Permissions.ViewTasks, static (all, who) => all.Get<TaskOperations>().StateAsync(who, s_id, default) },
        {
            Permissions.CreateTasks, static (all, who) =>
                all.Get<TaskOperations>().CreateAsync(who, new() { FunctionName = "f" }, key: null, default)
        },
        { Permissions.CreateTasks, static (all, who) => all.Get<TaskOperations>().RerunAsync(who, s_id, key: null, default) },
        { Permissions.CancelTasks, static (all, who) => all.Get<TaskOperations>().CancelAsync(who, s_id) },
        { Permissions.ViewTaskLogs, static (all, who) => all.Get<TaskOperations>().LogAsync(who, s_id, default) },
        { Permissions.ViewTaskFunctions, static (all, who) => all.Get<FunctionOperations>().ListAsync(who) },
        { Permissions.ViewTaskFunctionDetails, static (all, who) => all.Get<FunctionOperations>().FindAsync(who, "f") },
        { Permissions.UpdateTaskFunction, static (all, who) => all.Get<FunctionOperations>().EnableAsync(who, "f", true) },
        { Permissions.ViewTaskFunctionDetails, static (all, who) => all.Get<FunctionOperations>().PoolAsync(who, "f", default) },
        {
            Permissions.ViewTaskSchedules, static (all, who) =>
                all.Get<ScheduleOperations>().ListAsync(who, RqlQuery.Everything, default)
        },
        { Permissions.CreateTaskSchedule, static (all, who) => all.Get<ScheduleOperations>().PauseAsync(who, s_id) },
        { Permissions.CreateTaskSchedule, static (all, who) => all.Get<ScheduleOperations>().ResumeAsync(who, s_id) },
        { Permissions.CreateTaskSchedule, static (all, who) => all.Get<ScheduleOperations>().RunAsync(who, s_id, default) },
        { Permissions.DeleteTaskSchedule, static (all, who) => all.Get<ScheduleOperations>().DeleteAsync(who, s_id) },
        {
            Permissions.ViewApiFunctionRequests, static (all, who) =>
                all.Get<ApiRequestOperations>().ListAsync(who, RqlQuery.Everything, default)
        },
        { Permissions.ViewApiFunctionRequestLogs, static (all, who) => all.Get<ApiRequestOperations>().LogAsync(who, s_id, default) },
        { Permissions.ViewSystemStatus, static (all, who) => all.Get<StatusOperations>().StatusAsync(who, default) },
        { Permissions.ViewSystemStatus, static (all, who) => all.Get<SystemWatch>().LookAsync(who, default) },
        { Permissions.ViewSystemStatus, static (all, who) => all.Get<StatusOperations>().BacklogAsync(who, default) },
        { Permissions.ViewSystemStatus, static (all, who) => all.Get<StatusOperations>().ChecksAsync(who, default) },
    };

    [Theory]
    [MemberData(nameof(Each))]
    public async Task An_operation_needs_its_permission(string permission, Func<IServiceProvider, Caller, Task> operation)
    {
        var other = new Caller("other", null) { Allowed = Permissions.All.Except([permission]).ToFrozenSet() };
        var one = new Caller("one", null) { Allowed = new[] { permission }.ToFrozenSet() };

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => operation(server.Services, other));
        Assert.Equal(
            (ErrorCode.NoPermission, $"The caller 'other' lacks the permission {permission}."),
            (refused.Refusal.Code, refused.Refusal.Message));
        var passed = await Record.ExceptionAsync(() => operation(server.Services, one));
        Assert.NotEqual(ErrorCode.NoPermission, (passed as CommandRefusedException)?.Refusal.Code);
    }

    [Theory]
    [InlineData(BulkActions.Cancel, Permissions.CancelTasks)]
    [InlineData(BulkActions.Rerun, Permissions.CreateTasks)]
    public async Task A_bulk_operation_needs_the_permission_of_its_action_and_to_view_tasks(string action, string permission)
    {
        var bulk = server.Services.GetRequiredService<BulkOperations>();
        NewBulkOperation wanted = new(action, "functionName=bulk-permissions");
        var made = await bulk.CreateAsync(Caller.Anyone, wanted, default);
        foreach (var missing in new[] { permission, Permissions.ViewTasks })
        {
            var other = new Caller("other", null) { Allowed = Permissions.All.Except([missing]).ToFrozenSet() };
            foreach (var operation in new Func<Task>[]
            {
                () => bulk.CountAsync(other, wanted, default), () => bulk.CreateAsync(other, wanted, default),
                () => bulk.StopAsync(other, made.Id),
            })
            {
                Assert.Equal(ErrorCode.NoPermission, (await Assert.ThrowsAsync<CommandRefusedException>(operation)).Refusal.Code);
            }
        }

        var viewer = new Caller("viewer", null) { Allowed = new[] { Permissions.ViewTasks }.ToFrozenSet() };
        Assert.Equal(made.Id, (await bulk.FindAsync(viewer, made.Id)).Id);
        await bulk.ListAsync(viewer, RqlQuery.Everything, default);
    }

    [Fact]
    public async Task Ten_who_watch_the_system_at_once_cost_one_read()
    {
        var watch = server.Services.GetRequiredService<SystemWatch>();

        var views = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => watch.LookAsync(Caller.Anyone, default)));

        Assert.Single(views.Select(static view => view.Status).Distinct(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public async Task Who_watches_the_system_sees_what_the_checks_of_the_API_say()
    {
        var view = await server.Services.GetRequiredService<SystemWatch>().LookAsync(Caller.Anyone, default);
        var checks = await server.Services.GetRequiredService<StatusOperations>().ChecksAsync(Caller.Anyone, default);

        Assert.Equal(checks.Select(static check => check.Name), view.Checks.Select(static check => check.Name));
    }

    [Fact]
    public async Task Who_may_not_view_tasks_sees_no_failures()
    {
        await server.RunAsync("throws", TaskStates.Failed);
        var watcher = new Caller("watcher", null) { Allowed = new[] { Permissions.ViewSystemStatus }.ToFrozenSet() };
        var watch = server.Services.GetRequiredService<SystemWatch>();

        await Eventually.TrueAsync(async () => (await watch.LookAsync(Caller.Anyone, default)).Failures.Count > 0, "a failure is seen");
        Assert.Empty((await watch.LookAsync(watcher, default)).Failures);
    }
}

internal static class ServiceExtensions
{
    public static T Get<T>(this IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();
}
