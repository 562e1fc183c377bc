using System.Buffers;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Schedules;
using TasksBus.Scheduling;
using TasksBus.Server.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>The schedules resource: <c>/tasks/v1/schedules</c>.</summary>
internal static class ScheduleEndpoints
{
    private const string Example = """{"functionName":"hello","interval":3600}""";

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/tasks/v1/schedules");
        schedules.MapGet("/", ListAsync).RequirePermission(Permissions.ViewTaskSchedules);
        schedules.MapPost("/", CreateAsync).RequirePermission(Permissions.CreateTaskSchedule);
        schedules.MapDelete("/{scheduleId}", static (string scheduleId, ScheduleBook book) => ChangeAsync(scheduleId, book.DeleteAsync)).RequirePermission(Permissions.DeleteTaskSchedule);
        schedules.MapPost("/{scheduleId}/pause", static (string scheduleId, ScheduleBook book) => ChangeAsync(scheduleId, book.PauseAsync)).RequirePermission(Permissions.CreateTaskSchedule);
        schedules.MapPost("/{scheduleId}/resume", static (string scheduleId, ScheduleBook book) => ChangeAsync(scheduleId, book.ResumeAsync)).RequirePermission(Permissions.CreateTaskSchedule);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, ScheduleBook book)
    {
        var (body, refusal) = await RequestBody.ReadAsync(request, Example);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var wanted, refusal) = Read(body);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var schedule, refusal) = await book.CreateAsync(wanted, caller.ApplicationId);
        return refusal is null ? Json(writer => Write(writer, schedule!)) : ApiErrors.Result(refusal);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ScheduleBook book)
    {
        var (query, refusal) = ListQuery.Parse(request.QueryString);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        var (page, total) = query.MatchesNothing ? ([], 0) : await book.ListAsync(query.Id, query.FunctionName, query.Limit, query.Offset);
        return Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("query"u8, "{}"u8);
            writer.WriteStartObject("page"u8);
            writer.WriteNumber("total"u8, total);
            writer.WriteNumber("offset"u8, query.Offset);
            writer.WriteNumber("limit"u8, query.Limit);
            writer.WriteEndObject();
            writer.WriteStartArray("data"u8);
            foreach (var schedule in page)
            {
                Write(writer, schedule);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> ChangeAsync(string scheduleId, Func<TaskId, Task<bool>> change) =>
        !TaskId.TryParse(scheduleId, out var id)
            ? ApiErrors.Result(ErrorCode.IdFormat, $"A schedule id is 24 hex digits; got '{(scheduleId.Length <= 40 ? scheduleId : scheduleId[..40] + "...")}'.")
        : await change(id) ? Results.Json(new { affectedRecords = 1 }, JsonSerializerOptions.Web)
        : ApiErrors.Result(ErrorCode.ResourceUnknown, $"There is no schedule '{scheduleId}'.");

    private static (NewSchedule Schedule, Refusal? Refusal) Read(JsonElement body)
    {
        var (task, refusal) = RequestBody.ToTask(body);
        if (refusal is not null)
        {
            return (null!, refusal);
        }

        try
        {
            NewSchedule schedule = new(task)
            {
                Interval = RequestBody.Integer(body, "interval", ref refusal, $"whole seconds, from 1 to {Recurrence.MaxInterval}"),
                Cron = Text(body, "cron", ref refusal),
                TimeZone = Text(body, "timeZone", ref refusal),
                CatchUp = Text(body, "catchUp", ref refusal),
                Overlap = Text(body, "overlap", ref refusal),
            };
            return (schedule, refusal ?? schedule.Check());
        }
        catch (InvalidOperationException)
        {
            // What the JSON reader throws at it.
            return (null!, new(ErrorCode.FieldFormat, "Texts must not hold half of a surrogate pair."));
        }
    }

    private static string? Text(JsonElement body, string name, ref Refusal? refusal) =>
        RequestBody.Field(body, name, JsonValueKind.String, "a string", ref refusal)?.GetString();

    private static void Write(Utf8JsonWriter writer, Schedule schedule)
    {
        var row = schedule.Row;
        writer.WriteStartObject();
        writer.WriteString("id"u8, row.Id);
        if (row.Interval is { } interval)
        {
            writer.WriteNumber("interval"u8, interval);
        }

        Optional(writer, "cron"u8, row.Cron);
        Optional(writer, "timeZone"u8, row.TimeZone);
        writer.WriteString("functionName"u8, row.FunctionName);
        if (row.Data is not null)
        {
            writer.WritePropertyName("data"u8);
            writer.WriteRawValue(row.Data, skipInputValidation: true);
        }

        if (row.Priority is { } priority)
        {
            writer.WriteNumber("priority"u8, priority);
        }

        writer.WritePropertyName("tags"u8);
        writer.WriteRawValue(row.Tags ?? "[]");
        Time(writer, "startTimestamp"u8, row.StartAt);
        if (schedule.NextAt is { } next)
        {
            Time(writer, "nextTimestamp"u8, next);
        }

        writer.WriteString("catchUp"u8, row.CatchUp);
        writer.WriteString("overlap"u8, row.Overlap);
        writer.WriteBoolean("paused"u8, row.IsPaused);
        Optional(writer, "lastTaskId"u8, row.LastTaskId);
        Optional(writer, "createdByApplicationId"u8, row.CreatedByApplicationId);
        Optional(writer, "createdByUserId"u8, row.CreatedByUserId);
        Time(writer, "creationTimestamp"u8, row.CreatedAt);
        Time(writer, "updateTimestamp"u8, row.UpdatedAt);
        writer.WriteEndObject();
    }

    private static void Time(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long microseconds) =>
        writer.WriteString(name, TaskJson.Format(Microseconds.ToTime(microseconds)));

    private static void Optional(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
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
