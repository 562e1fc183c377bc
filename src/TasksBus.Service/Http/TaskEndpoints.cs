using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;

namespace TasksBus.Service.Http;

/// <summary>The tasks resource: <c>/tasks/v1</c>.</summary>
internal static class TaskEndpoints
{
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
            .TakesHeader<IdempotencyKeySchema>(IdempotencyHeader.Name, IdempotencyDescription)
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
            .TakesHeader<IdempotencyKeySchema>(IdempotencyHeader.Name, IdempotencyDescription)
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
        HttpRequest request, Caller caller, TaskIntake intake, TaskOperations tasks, ChosenIdIntake chosen, BodyFields fields)
    {
        intake.RequireRoom();
        var task = RequestBody.ToTask(await RequestBody.ReadAsync(request), fields, BodyFields.Task);
        var (view, gone) = (TaskView.OfMaker(caller), request.HttpContext.RequestAborted);
        return task.TaskId is null ? view.Show(await tasks.CreateAsync(caller, task, IdempotencyHeader.Read(request, caller), gone))
            : IdempotencyHeader.IsIn(request)
                ? ApiErrors.Result(
                    ErrorCode.FieldFormat, $"A task has a taskId or an {IdempotencyHeader.Name}, not both: leave one out.")
            : view.Show(await chosen.ScheduleAsync(task, caller.ApplicationId, caller.UserId, gone));
    }

    private static async Task<IResult> RerunAsync(
        string taskId, HttpRequest request, Caller caller, TaskOperations tasks, BodyFields fields, CancellationToken cancellationToken)
    {
        var id = PathId.Read("task", taskId);
        await fields.CheckRerunAsync(request);
        var task = await tasks.RerunAsync(caller, id, IdempotencyHeader.Read(request, caller), cancellationToken);
        return TaskView.OfRepeater(caller).Show(task);
    }

    private static async Task<IResult> CreateManyAsync(
        HttpRequest request, Caller caller, TaskIntake intake, ChosenIdIntake chosen, BodyFields fields)
    {
        if (IdempotencyHeader.IsIn(request))
        {
            return ApiErrors.Result(
                ErrorCode.FieldFormat,
                $"{IdempotencyHeader.Name} is for single tasks: post each to /tasks/v1/ with a key of its own, or leave it out.");
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

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, TaskOperations tasks)
    {
        var query = RequestQuery.Read(request.QueryString, RqlSchema.Tasks);
        var page = await tasks.ListAsync(caller, query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(
            query, page.Total, page.Tasks, query.Shows("data") ? TaskJson.Write : TaskJson.WriteWithoutInput, page.Limit);
    }

    private static async Task<IResult> GetAsync(string taskId, Caller caller, TaskOperations tasks, CancellationToken cancellationToken) =>
        TaskView.Whole.Show(await tasks.FindAsync(caller, PathId.Read("task", taskId), cancellationToken));

    private static async Task<IResult> CancelAsync(string taskId, Caller caller, TaskOperations tasks)
    {
        await tasks.CancelAsync(caller, PathId.Read("task", taskId));
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> LogsAsync(
        string taskId, HttpRequest request, Caller caller, TaskOperations tasks, CancellationToken cancellationToken)
    {
        var (id, query) = (PathId.Read("task", taskId), LogQuery.Parse(request.QueryString));
        return LogPage.Of(
            await tasks.LogAsync(caller, id, cancellationToken), query, ErrorCode.NoTaskLogsFound,
            "The function of this task left no log.");
    }
}
