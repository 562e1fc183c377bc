using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Service.Operations;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>How the system stands, and why a task waits. Neither is in the original API.</summary>
internal static class StatusEndpoints
{
    private const string StateDescription =
        "A task that is new waits: the answer says for what, and how many due tasks of its pool are more urgent. A task in any other "
        + "status does not wait.";

    private const string ChecksDescription =
        "Looks at holds, the dispatcher, the broker, queues, pools, functions that do not run, lost workers, events that are not "
        + "published, old transactions, replication and the clock. What is said about the broker, the queues and the clock is what the "
        + "process that answers sees.";

    private static readonly string s_backlogDescription =
        $"Of each pool the next {IStatusReader.MostGrouped:N0} due tasks are looked at, and {IStatusReader.MostGrouped:N0} that run; at "
        + $"most {IStatusReader.MostGroups:N0} groups are answered.";

    private static readonly string s_statusDescription =
        $"Tasks and events are counted up to {IStatusReader.MostCounted:N0}; a number that large means at least so many. What is here is "
        + "the same on every process of a cluster.";

    public static void MapStatus(this IEndpointRouteBuilder app)
    {
        app.MapGet("/tasks/v1/status", StatusAsync)
            .RequirePermission(Permissions.ViewSystemStatus)
            .Describe(Tags.Status, "getStatus", "Get the status of the system", s_statusDescription)
            .Answers<StatusSchema>("The status.");
        app.MapGet("/tasks/v1/backlog", BacklogAsync)
            .RequirePermission(Permissions.ViewSystemStatus)
            .Describe(Tags.Status, "getBacklog", "Get what waits and runs, by function and priority", s_backlogDescription)
            .Answers<BacklogSchema>("The groups, the largest first.");
        app.MapGet("/tasks/v1/checks", ChecksAsync)
            .RequirePermission(Permissions.ViewSystemStatus)
            .Describe(Tags.Status, "getChecks", "Check the system", ChecksDescription)
            .Answers<ChecksSchema>("What each check found, in the order in which it should be mended.");
        app.MapGroup("/tasks/v1").TakesPath<IdSchema>("taskId", "The task's id.").MapGet("/{taskId}/state", StateAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(Tags.Status, "getTaskState", "Get why a task waits", StateDescription)
            .Answers<TaskStateSchema>("The task's status, and what it waits for.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
    }

    private static async Task<IResult> StatusAsync(Caller caller, StatusOperations system, CancellationToken cancellationToken)
    {
        var status = await system.StatusAsync(caller, cancellationToken);
        return ApiAnswers.Json(writer => Write(writer, status));
    }

    private static async Task<IResult> BacklogAsync(Caller caller, StatusOperations system, CancellationToken cancellationToken)
    {
        var groups = await system.BacklogAsync(caller, cancellationToken);
        return ApiAnswers.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("groups"u8);
            foreach (var group in groups)
            {
                writer.WriteStartObject();
                writer.WriteString("pool"u8, group.Pool);
                writer.WriteString("functionName"u8, group.FunctionName);
                writer.WriteNumber("priority"u8, group.Priority);
                writer.WriteNumber("due"u8, group.Due);
                if (group.OldestDueAt is { } oldest)
                {
                    writer.WriteTime("oldestDueTimestamp"u8, oldest);
                }

                writer.WriteNumber("running"u8, group.Running);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> ChecksAsync(Caller caller, StatusOperations system, CancellationToken cancellationToken)
    {
        var checks = await system.ChecksAsync(caller, cancellationToken);
        return Results.Json(new { checks }, JsonOutput.Objects);
    }

    private static async Task<IResult> StateAsync(
        string taskId, Caller caller, TaskOperations tasks, CancellationToken cancellationToken)
    {
        var (task, place, reason) = await tasks.StateAsync(caller, PathId.Read("task", taskId), cancellationToken);
        return ApiAnswers.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, task.Id.ToString());
            writer.WriteString("status"u8, task.Status);
            if (place is not null && reason is not null)
            {
                writer.WriteStartObject("wait"u8);
                writer.WriteString("reason"u8, reason.Code);
                writer.WriteString("message"u8, reason.Message);
                writer.WriteString("pool"u8, PoolNames.PartsOf(place.Pool)?.Pool ?? place.Pool);
                writer.WriteTime("dueTimestamp"u8, place.DueAt);
                writer.WriteNumber("ahead"u8, place.Ahead);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter writer, SystemStatus status)
    {
        writer.WriteStartObject();
        writer.WriteTime("timestamp"u8, status.At);
        if (status.Leader is { } leader)
        {
            writer.WriteStartObject("dispatcher"u8);
            writer.WriteNumber("epoch"u8, leader.Epoch);
            writer.WriteTime("leaseEndTimestamp"u8, leader.LeaseEndsAt);
            writer.WriteEndObject();
        }

        writer.WriteOptional("heldBecause"u8, status.HeldBecause);
        writer.WriteNumber("running"u8, status.Running);
        writer.WriteNumber("eventsToPublish"u8, status.Outbox);
        if (status.OldestEvent is { } oldestEvent)
        {
            writer.WriteTime("oldestEventTimestamp"u8, EventIds.TimeOf(oldestEvent));
        }

        writer.WriteStartArray("pools"u8);
        foreach (var pool in status.Pools)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, pool.Pool);
            writer.WriteNumber("due"u8, pool.Due);
            writer.WriteNumber("later"u8, pool.Later);
            writer.WriteNumber("aside"u8, pool.Aside);
            if (pool.OldestDueAt is { } oldest)
            {
                writer.WriteTime("oldestDueTimestamp"u8, oldest);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("workers"u8);
        foreach (var worker in status.Workers)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, worker.Id);
            writer.WriteString("pool"u8, worker.Pool);
            writer.WriteString("host"u8, worker.Host);
            writer.WriteString("version"u8, worker.Version);
            writer.WriteNumber("slots"u8, worker.Slots);
            writer.WriteNumber("running"u8, worker.Running);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
