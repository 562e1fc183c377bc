using System.Buffers;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Scheduling;
using TasksBus.Server.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>The tasks resource: <c>/tasks/v1</c>.</summary>
internal static class TaskEndpoints
{
    private const int MaxLogLines = 100;

    public static void MapTasks(this IEndpointRouteBuilder app)
    {
        var tasks = app.MapGroup("/tasks/v1");
        tasks.MapGet("/", ListAsync).RequirePermission(Permissions.ViewTasks);
        tasks.MapPost("/", CreateAsync).RequirePermission(Permissions.CreateTasks);
        tasks.MapPost("/batch", CreateManyAsync).RequirePermission(Permissions.CreateTasks);
        tasks.MapGet("/{taskId}", GetAsync).RequirePermission(Permissions.ViewTasks);
        tasks.MapPost("/{taskId}/cancel", CancelAsync).RequirePermission(Permissions.CancelTasks);
        tasks.MapGet("/{taskId}/logs", LogsAsync).RequirePermission(Permissions.ViewTaskLogs);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, Intake intake)
    {
        var (body, refusal) = await RequestBody.ReadAsync(request);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var task, refusal) = RequestBody.ToTask(body);
        return refusal is not null ? ApiErrors.Result(refusal) : One(await intake.ScheduleAsync(TaskId.New(), task, caller.ApplicationId, caller.UserId));
    }

    private static async Task<IResult> CreateManyAsync(HttpRequest request, Caller caller, Intake intake)
    {
        var (body, refusal) = await RequestBody.ReadAsync(request);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var tasks, refusal) = RequestBody.ToTasks(body);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        var stored = await intake.ScheduleAllAsync(tasks, caller.ApplicationId, caller.UserId);
        return Json(writer =>
        {
            writer.WriteStartObject();
            WriteData(writer, stored);
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ITaskStore store)
    {
        var (query, refusal) = ListQuery.Parse(request.QueryString);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        var page = await store.FindAsync(query.Filter, query.Limit, query.Offset, request.HttpContext.RequestAborted);
        return Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("query"u8, "{}"u8);
            writer.WriteStartObject("page"u8);
            writer.WriteNumber("total"u8, page.Total);
            writer.WriteNumber("offset"u8, query.Offset);
            writer.WriteNumber("limit"u8, query.Limit);
            writer.WriteEndObject();
            WriteData(writer, page.Tasks);
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> GetAsync(string taskId, ITaskStore store, CancellationToken cancellationToken) =>
        !TaskId.TryParse(taskId, out var id) ? BadId(taskId)
        : await FindAsync(store, id, cancellationToken) is { } task ? One(task)
        : ApiErrors.TaskUnknown(taskId);

    private static async Task<IResult> CancelAsync(string taskId, Intake intake)
    {
        if (!TaskId.TryParse(taskId, out var id))
        {
            return BadId(taskId);
        }

        var (canceled, task) = await intake.CancelAsync(id);
        return canceled ? Results.Json(new { affectedRecords = 1 }, JsonSerializerOptions.Web)
            : task is null ? ApiErrors.TaskUnknown(taskId)
            : ApiErrors.Result(ErrorCode.IllegalState, $"The task is {task.Status}; only a new task can be canceled.");
    }

    private static async Task<IResult> LogsAsync(string taskId, HttpRequest request, ITaskStore store, CancellationToken cancellationToken)
    {
        if (!TaskId.TryParse(taskId, out var id))
        {
            return BadId(taskId);
        }

        if (request.QueryString.HasValue && request.QueryString.Value!.Length > 1)
        {
            return ApiErrors.Result(ErrorCode.InvalidRql, "Filters on logs are not understood yet; ask without a query string.");
        }

        var task = await FindAsync(store, id, cancellationToken);
        if (task is null)
        {
            return ApiErrors.TaskUnknown(taskId);
        }

        if (task.Status is TaskStates.New or TaskStates.InProgress or TaskStates.Canceled)
        {
            return ApiErrors.Result(ErrorCode.IllegalState, $"The task is {task.Status}: it has no log before its function has run.");
        }

        if (await store.LogAsync(id, cancellationToken) is not { } log)
        {
            return ApiErrors.Result(ErrorCode.NoTaskLogsFound, "The function of this task left no log.");
        }

        return Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("page"u8);
            writer.WriteNumber("offset"u8, 0);
            writer.WriteNumber("limit"u8, MaxLogLines);
            writer.WriteEndObject();
            writer.WriteStartArray("data"u8);
            foreach (var (message, timestamp) in TaskLogLines.Read(log).Take(MaxLogLines))
            {
                writer.WriteStartObject();
                writer.WriteString("message"u8, message);
                writer.WriteString("timestamp"u8, TaskJson.Format(timestamp));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static async Task<TaskRecord?> FindAsync(ITaskStore store, TaskId id, CancellationToken cancellationToken) =>
        (await store.LoadAsync([id], cancellationToken)).GetValueOrDefault(id);

    private static IResult BadId(string id) =>
        ApiErrors.Result(ErrorCode.IdFormat, $"A task id is 24 hex digits; got '{(id.Length <= 40 ? id : id[..40] + "...")}'.");

    private static IResult One(TaskRecord task) => Results.Bytes(TaskJson.ToBytes(task), "application/json; charset=utf-8");

    private static void WriteData(Utf8JsonWriter writer, IReadOnlyList<TaskRecord> tasks)
    {
        writer.WriteStartArray("data"u8);
        foreach (var task in tasks)
        {
            TaskJson.Write(writer, task);
        }

        writer.WriteEndArray();
    }

    private static IResult Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return Results.Bytes(buffer.WrittenMemory, "application/json; charset=utf-8");
    }
}
