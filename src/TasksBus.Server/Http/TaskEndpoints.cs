using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Query;
using TasksBus.Scheduling;
using TasksBus.Server.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>The tasks resource: <c>/tasks/v1</c>.</summary>
internal static class TaskEndpoints
{
    private const string IdempotencyHeader = "Idempotency-Key";

    public static void MapTasks(this IEndpointRouteBuilder app)
    {
        var tasks = app.MapGroup("/tasks/v1");
        tasks.MapGet("/", ListAsync).RequirePermission(Permissions.ViewTasks);
        tasks.MapPost("/", CreateAsync).RequirePermission(Permissions.CreateTasks);
        tasks.MapPost("/batch", CreateManyAsync).RequirePermission(Permissions.CreateTasks).WithMetadata(new RequestSizeLimitAttribute(BodyLimits.MaxBatchBytes));
        tasks.MapGet("/{taskId}", GetAsync).RequirePermission(Permissions.ViewTasks);
        tasks.MapPost("/{taskId}/cancel", CancelAsync).RequirePermission(Permissions.CancelTasks);
        tasks.MapPost("/{taskId}/rerun", RerunAsync).RequirePermission(Permissions.CreateTasks);
        tasks.MapGet("/{taskId}/logs", LogsAsync).RequirePermission(Permissions.ViewTaskLogs);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, Intake intake, IdempotentIntake idempotent, BodyFields fields)
    {
        intake.RequireRoom();
        var (body, refusal) = await RequestBody.ReadAsync(request);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var task, refusal) = RequestBody.ToTask(body, fields, BodyFields.Task);
        return refusal is not null ? ApiErrors.Result(refusal) : await ScheduleAsync(task, request, caller, intake, idempotent, TaskView.OfMaker(caller));
    }

    /// <summary>A new task like one that there is, whatever became of that: it starts now.</summary>
    private static async Task<IResult> RerunAsync(
        string taskId, HttpRequest request, Caller caller, ITaskReader store, Intake intake, IdempotentIntake idempotent, BodyFields fields, CancellationToken cancellationToken)
    {
        if (!TaskId.TryParse(taskId, out var id))
        {
            return BadId(taskId);
        }

        if (await fields.CheckRerunAsync(request) is { } refusal)
        {
            return ApiErrors.Result(refusal);
        }

        var view = TaskView.OfRepeater(caller);
        try
        {
            return await FindAsync(store, id, cancellationToken) is not { } task ? ApiErrors.TaskUnknown(taskId)
                : await ScheduleAsync(task.Again(), request, caller, intake, idempotent, view);
        }
        catch (CommandRefusedException refused) when (!view.IsWhole)
        {
            // The reason names the function.
            return ApiErrors.Result(refused.Refusal.Code, "The task's function is not registered here any more, so the task cannot be rerun.");
        }
    }

    /// <summary>Stores a task; under the caller's key, where the request has one.</summary>
    private static async Task<IResult> ScheduleAsync(ScheduleTask task, HttpRequest request, Caller caller, Intake intake, IdempotentIntake idempotent, TaskView view)
    {
        if (!request.Headers.TryGetValue(IdempotencyHeader, out var header))
        {
            return view.Show(await intake.ScheduleAsync(TaskId.New(), task, caller.ApplicationId, caller.UserId, request.HttpContext.RequestAborted));
        }

        if (header.Count != 1 || !IdempotencyKey.TryParse($"{caller.ApplicationId} {caller.UserId}", header[0]!, out var key))
        {
            return ApiErrors.Result(ErrorCode.FieldFormat, $"{IdempotencyHeader} must be one text of 1 to {IdempotencyKey.MaxLength} printable ASCII characters, such as a random UUID.");
        }

        return await idempotent.ScheduleAsync(key, task, caller.ApplicationId, caller.UserId, request.HttpContext.RequestAborted) is { } stored ? view.Show(stored)
            : ApiErrors.Result(ErrorCode.ResourceAlreadyExists, $"This {IdempotencyHeader} made another task less than 24 hours ago. Use a new key for a new task.");
    }

    private static async Task<IResult> CreateManyAsync(HttpRequest request, Caller caller, Intake intake, BodyFields fields)
    {
        if (request.Headers.ContainsKey(IdempotencyHeader))
        {
            return ApiErrors.Result(ErrorCode.FieldFormat, $"{IdempotencyHeader} is for single tasks: post each to /tasks/v1/ with a key of its own, or leave it out.");
        }

        intake.RequireRoom();
        var (body, refusal) = await RequestBody.ReadAsync(request);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var tasks, refusal) = RequestBody.ToTasks(body, fields);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        var stored = await intake.ScheduleAllAsync(tasks, caller.ApplicationId, caller.UserId, request.HttpContext.RequestAborted);
        return ApiAnswers.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteData(stored, TaskJson.Write);
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ITaskReader store)
    {
        var (query, error) = RqlQuery.Parse(request.QueryString.Value, RqlSchema.Tasks);
        if (error is not null)
        {
            return ApiErrors.Result(ErrorCode.InvalidRql, error.Message);
        }

        var page = await store.FindAsync(query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(query, page.Total, page.Tasks, query.Shows("data") ? TaskJson.Write : TaskJson.WriteWithoutInput, page.Limit);
    }

    private static async Task<IResult> GetAsync(string taskId, ITaskReader store, CancellationToken cancellationToken) =>
        !TaskId.TryParse(taskId, out var id) ? BadId(taskId)
        : await FindAsync(store, id, cancellationToken) is { } task ? TaskView.Whole.Show(task)
        : ApiErrors.TaskUnknown(taskId);

    private static async Task<IResult> CancelAsync(string taskId, Caller caller, Intake intake)
    {
        if (!TaskId.TryParse(taskId, out var id))
        {
            return BadId(taskId);
        }

        var (canceled, task) = await intake.CancelAsync(id);
        return canceled ? ApiAnswers.Affected
            : task is null ? ApiErrors.TaskUnknown(taskId)
            : ApiErrors.Result(ErrorCode.IllegalState, $"The task is {TaskView.StatusFor(caller, task)}; only a new task can be canceled.");
    }

    private static async Task<IResult> LogsAsync(string taskId, HttpRequest request, Caller caller, ITaskReader store, CancellationToken cancellationToken)
    {
        if (!TaskId.TryParse(taskId, out var id))
        {
            return BadId(taskId);
        }

        var (query, refusal) = LogQuery.Parse(request.QueryString);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        var task = await FindAsync(store, id, cancellationToken, withInput: false);
        if (task is null)
        {
            return ApiErrors.TaskUnknown(taskId);
        }

        if (task.Status is TaskStates.New or TaskStates.InProgress or TaskStates.Canceled)
        {
            var status = caller.May(Permissions.ViewTasks) ? $" is {task.Status}: it" : "";
            return ApiErrors.Result(ErrorCode.IllegalState, $"The task{status} has no log before its function has run.");
        }

        return await store.LogAsync(id, cancellationToken) is { } log
            ? LogPage.Of(log, query, ErrorCode.NoTaskLogsFound, "The function of this task left no log.")
            : ApiErrors.Result(ErrorCode.NoTaskLogsFound, "The function of this task left no log, or it was kept for long enough (TasksBus:Retention:Logs).");
    }

    private static async Task<TaskRecord?> FindAsync(ITaskReader store, TaskId id, CancellationToken cancellationToken, bool withInput = true) =>
        (await store.LookAsync([id], withInput, cancellationToken)).GetValueOrDefault(id);

    private static IResult BadId(string id) => ApiErrors.BadId("task", id);
}
