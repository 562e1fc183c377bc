using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Server.Http.Authentication;
using TasksBus.Server.OpenApi;
using TasksBus.Server.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>The tasks resource: <c>/tasks/v1</c>.</summary>
internal static class TaskEndpoints
{
    private const string IdempotencyHeader = "Idempotency-Key";

    private const string IdempotencyDescription =
        "The caller's own name for the request, such as a random UUID: for 24 hours the same key and content answer the same task, as it "
        + "is then, "
        + "and another content is refused with code 17. Keys of different callers are different. "
        + "A priority that is left out is not compared where the function is a managed one.";

    private const string ListDescription =
        "The whole query string is RQL: terms joined by `&`. `eq(property,value)` and its like find tasks, also by what is in their data, "
        + "`sort(-priority)` orders, `limit(n,offset)` asks for a page (20 unless said, 50 at most), `select(id,status)` for some fields "
        + "only, "
        + "and `skipCount()` leaves out the total.";

    private const string RerunDescription =
        "With the same function, data, tags and priority, to start now. Whatever the status of this task, it stays as it is; the new one "
        + "has an id of its own. "
        + "There is no body. A caller who may not view tasks gets id, status, times and creator of the new task, and no more.";

    public static void MapTasks(this IEndpointRouteBuilder app)
    {
        var tasks = app.MapGroup("/tasks/v1").TakesPath<IdSchema>("taskId", "The task's id.");
        tasks.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(Tags.Tasks, "listTasks", "List tasks, newest first", ListDescription)
            .WithQueryExample("eq(status,new)&limit(2)")
            .Answers<TaskPageSchema>("A page of tasks.")
            .Refuses(ErrorCode.InvalidRql);
        tasks.MapPost("/", CreateAsync)
            .RequirePermission(Permissions.CreateTasks)
            .Describe(Tags.Tasks, "createTask", "Schedule a task", "The task is on disk before the answer is sent.")
            .TakesHeader<IdempotencyKeySchema>(IdempotencyHeader, IdempotencyDescription)
            .TakesBody<NewTaskSchema>(
                ("now", """{"functionName":"hello","data":{"name":"world"}}"""),
                ("later", """{"functionName":"hello","startTimestamp":"2030-01-01T00:00:00Z","priority":5,"tags":["tour"]}"""))
            .Answers<TaskSchema>("The task.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.ResourceAlreadyExists, ErrorCode.BodyFormat);
        tasks.MapPost("/batch", CreateManyAsync)
            .RequirePermission(Permissions.CreateTasks)
            .WithMetadata(new RequestSizeLimitAttribute(BodyLimits.MaxBatchBytes))
            .Describe(
                Tags.Tasks, "createTasks", "Schedule 1 to 1,000 tasks, all or none",
                "The message of an error names the first wrong task by its index. It takes no Idempotency-Key: a header of that name is "
                + "refused with code 15. Tasks with a taskId of their own may be sent again.")
            .TakesBody<NewTasksSchema>(
                ("two", """{"tasks":[{"functionName":"hello"},{"functionName":"hello","startTimestamp":"2030-01-01T00:00:00Z"}]}"""))
            .Answers<TasksSchema>("The tasks.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.ResourceAlreadyExists, ErrorCode.BodyFormat);
        MapOneTask(tasks);
    }

    private static void MapOneTask(RouteGroupBuilder tasks)
    {
        tasks.MapGet("/{taskId}", GetAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(Tags.Tasks, "getTask", "Get a task")
            .Answers<TaskSchema>("The task.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        tasks.MapTaskEnd();
        tasks.MapPost("/{taskId}/cancel", CancelAsync)
            .RequirePermission(Permissions.CancelTasks)
            .Describe(
                Tags.Tasks, "cancelTask", "Cancel a new task", "It is then never run. A task in any other status is refused with code 27.")
            .Answers<AffectedSchema>("It is canceled.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown, ErrorCode.IllegalState);
        tasks.MapPost("/{taskId}/rerun", RerunAsync)
            .RequirePermission(Permissions.CreateTasks)
            .Describe(Tags.Tasks, "rerunTask", "Rerun a task as a new one", RerunDescription)
            .TakesHeader<IdempotencyKeySchema>(IdempotencyHeader, IdempotencyDescription)
            .Answers<TaskSchema>("The new task.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.FieldFormat, ErrorCode.BodyFormat, ErrorCode.ResourceUnknown,
                ErrorCode.ResourceAlreadyExists);
        tasks.MapGet("/{taskId}/logs", LogsAsync)
            .RequirePermission(Permissions.ViewTaskLogs)
            .Describe(
                Tags.Tasks, "listTaskLogs", "Read what a task's function printed",
                "The last 4 KB, by lines, 100 at most. A task that has not ended, or never ran, is refused with code 27.")
            .Answers<LogPageSchema>("The lines.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.ResourceUnknown, ErrorCode.InvalidRql, ErrorCode.IllegalState, ErrorCode.NoTaskLogsFound);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, TaskIntake intake, IdempotentIntake idempotent, ChosenIdIntake chosen, BodyFields fields)
    {
        intake.RequireRoom();
        var task = RequestBody.ToTask(await RequestBody.ReadAsync(request), fields, BodyFields.Task);
        var view = TaskView.OfMaker(caller);
        return task.TaskId is null ? await ScheduleAsync(task, request, caller, intake, idempotent, view)
            : request.Headers.ContainsKey(IdempotencyHeader)
                ? ApiErrors.Result(
                    ErrorCode.FieldFormat, $"A task has a taskId or an {IdempotencyHeader}, not both: leave one out.")
            : view.Show(await chosen.ScheduleAsync(task, caller.ApplicationId, caller.UserId, request.HttpContext.RequestAborted));
    }

    /// <summary>Makes a new task like an existing one, whatever happened to that one. The new task starts now.</summary>
    private static async Task<IResult> RerunAsync(
        string taskId, HttpRequest request, Caller caller, ITaskReader store, TaskIntake intake, IdempotentIntake idempotent,
        BodyFields fields, CancellationToken cancellationToken)
    {
        var id = PathId.Read("task", taskId);
        await fields.CheckRerunAsync(request);
        var view = TaskView.OfRepeater(caller);
        try
        {
            return await FindAsync(store, id, cancellationToken) is not { } task ? ApiErrors.TaskUnknown(taskId)
                : await ScheduleAsync(task.Again(), request, caller, intake, idempotent, view);
        }
        catch (CommandRefusedException refused) when (!view.IsWhole)
        {
            // The original reason names the function.
            return ApiErrors.Result(
                refused.Refusal.Code, "The task's function is not registered here any more, so the task cannot be rerun.");
        }
    }

    /// <summary>Stores a task, under the caller's key if the request has one.</summary>
    private static async Task<IResult> ScheduleAsync(
        ScheduleTask task, HttpRequest request, Caller caller, TaskIntake intake, IdempotentIntake idempotent, TaskView view)
    {
        var gone = request.HttpContext.RequestAborted;
        if (!request.Headers.TryGetValue(IdempotencyHeader, out var header))
        {
            return view.Show(await intake.ScheduleAsync(TaskId.New(), task, caller.ApplicationId, caller.UserId, gone));
        }

        if (header.Count != 1 || !IdempotencyKey.TryParse($"{caller.ApplicationId} {caller.UserId}", header[0]!, out var key))
        {
            return ApiErrors.Result(
                ErrorCode.FieldFormat,
                $"{IdempotencyHeader} must be one text of 1 to {TaskRules.MaxKeyLength} printable ASCII characters, "
                + "such as a random UUID.");
        }

        return await idempotent.ScheduleAsync(key, task, caller.ApplicationId, caller.UserId, gone) is { } stored ? view.Show(stored)
            : ApiErrors.Result(
                ErrorCode.ResourceAlreadyExists,
                $"This {IdempotencyHeader} made another task less than 24 hours ago. Use a new key for a new task.");
    }

    private static async Task<IResult> CreateManyAsync(
        HttpRequest request, Caller caller, TaskIntake intake, ChosenIdIntake chosen, BodyFields fields)
    {
        if (request.Headers.ContainsKey(IdempotencyHeader))
        {
            return ApiErrors.Result(
                ErrorCode.FieldFormat,
                $"{IdempotencyHeader} is for single tasks: post each to /tasks/v1/ with a key of its own, or leave it out.");
        }

        intake.RequireRoom();
        var tasks = RequestBody.ToTasks(await RequestBody.ReadAsync(request), fields);
        var gone = request.HttpContext.RequestAborted;
        var stored = tasks.All(static task => task.TaskId is null)
            ? await intake.ScheduleAllAsync(tasks, caller.ApplicationId, caller.UserId, caller: gone)
            : await chosen.ScheduleAllAsync(tasks, caller.ApplicationId, caller.UserId, gone);
        return ApiAnswers.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteData(stored.Select(task => TaskView.SeenByMaker(caller, task)), TaskJson.Write);
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ITaskReader store)
    {
        var query = RequestQuery.Read(request.QueryString, RqlSchema.Tasks);
        var page = await store.FindAsync(query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(
            query, page.Total, page.Tasks, query.Shows("data") ? TaskJson.Write : TaskJson.WriteWithoutInput, page.Limit);
    }

    private static async Task<IResult> GetAsync(string taskId, ITaskReader store, CancellationToken cancellationToken) =>
        await store.FindAsync(PathId.Read("task", taskId), cancellationToken) is { } task ? TaskView.Whole.Show(task)
        : ApiErrors.TaskUnknown(taskId);

    private static async Task<IResult> CancelAsync(string taskId, Caller caller, TaskIntake intake)
    {
        var (canceled, task) = await intake.CancelAsync(PathId.Read("task", taskId));
        return canceled ? ApiAnswers.Affected
            : task is null ? ApiErrors.TaskUnknown(taskId)
            : ApiErrors.Result(ErrorCode.IllegalState, $"The task is {TaskView.StatusFor(caller, task)}; only a new task can be canceled.");
    }

    private static async Task<IResult> LogsAsync(
        string taskId, HttpRequest request, Caller caller, ITaskReader store, CancellationToken cancellationToken)
    {
        var (id, query) = (PathId.Read("task", taskId), LogQuery.Parse(request.QueryString));
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
            : ApiErrors.Result(
                ErrorCode.NoTaskLogsFound,
                "The function of this task left no log, or it was kept for long enough (TasksBus:Retention:Logs).");
    }

    private static async Task<TaskRecord?> FindAsync(
        ITaskReader store, TaskId id, CancellationToken cancellationToken, bool withInput = true) =>
        (await store.LookAsync([id], withInput, cancellationToken)).GetValueOrDefault(id);
}
