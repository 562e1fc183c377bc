using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Schedules;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>The schedules resource: <c>/tasks/v1/schedules</c>.</summary>
internal static class ScheduleEndpoints
{
    private const string Example = """{"functionName":"hello","interval":3600}""";

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/tasks/v1/schedules").TakesPath<IdSchema>("scheduleId", "The schedule's id.");
        schedules.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewTaskSchedules)
            .Describe(
                Tags.Schedules, "listSchedules", "List schedules, newest first",
                "The whole query string is RQL, as for tasks, on the properties that are shown here. "
                + "`nextTimestamp` is compared as the tick that is due, also where the catch-up policy will leave it out.")
            .WithQueryExample("eq(functionName,hello)&limit(2)")
            .Answers<SchedulePageSchema>("A page of schedules.")
            .Refuses(ErrorCode.InvalidRql);
        schedules.MapPost("/", CreateAsync)
            .RequirePermission(Permissions.CreateTaskSchedule)
            .Describe(
                Tags.Schedules, "createSchedule", "Create a schedule",
                "One tick is one task, whatever crashes, and an interval never drifts.")
            .TakesBody<NewScheduleSchema>(
                ("everyHour", Example),
                ("atEightOnWorkdays",
                    """{"functionName":"hello","cron":"0 8 * * MON-FRI","timeZone":"Europe/Brussels","overlap":"skip"}"""))
            .Answers<ScheduleSchema>("The schedule.")
            .Refuses(
                ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.BodyFormat);
        schedules.MapDelete("/{scheduleId}", DeleteAsync)
            .RequirePermission(Permissions.DeleteTaskSchedule)
            .Describe(Tags.Schedules, "deleteSchedule", "Delete a schedule", "Its tasks stay. Once this is answered it makes no more.")
            .Answers<AffectedSchema>("It is gone.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        schedules.MapPost("/{scheduleId}/pause", PauseAsync)
            .RequirePermission(Permissions.CreateTaskSchedule)
            .Describe(Tags.Schedules, "pauseSchedule", "Pause a schedule", "While it is paused no tick is missed.")
            .Answers<AffectedSchema>("It is paused.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        schedules.MapPost("/{scheduleId}/resume", ResumeAsync)
            .RequirePermission(Permissions.CreateTaskSchedule)
            .Describe(Tags.Schedules, "resumeSchedule", "Resume a paused schedule", "With the first tick from now on.")
            .Answers<AffectedSchema>("It goes on.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        schedules.MapPost("/{scheduleId}/run", RunAsync)
            .RequirePermission(Permissions.CreateTaskSchedule)
            .Describe(
                Tags.Schedules, "runSchedule", "Run a schedule's task now",
                "The ticks go on as they would, also if the schedule is paused. The task belongs to the caller. A caller who may not view "
                + "tasks gets id, status, times and creator of the task, and no more.")
            .Answers<TaskSchema>("The task.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, ScheduleBook book, BodyFields fields)
    {
        var wanted = Read(await RequestBody.ReadAsync(request, Example), fields);
        var schedule = await book.CreateAsync(wanted, caller.ApplicationId, caller.UserId);
        return ApiAnswers.Json(writer => Write(writer, schedule));
    }

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, ScheduleOperations schedules)
    {
        var query = RequestQuery.Read(request.QueryString, ScheduleProperties.Schema);
        var (page, total, limit) = await schedules.ListAsync(caller, query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(query, total, page, Write, limit);
    }

    private static async Task<IResult> DeleteAsync(string scheduleId, Caller caller, ScheduleOperations schedules)
    {
        await schedules.DeleteAsync(caller, PathId.Read("schedule", scheduleId));
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> PauseAsync(string scheduleId, Caller caller, ScheduleOperations schedules)
    {
        await schedules.PauseAsync(caller, PathId.Read("schedule", scheduleId));
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> ResumeAsync(string scheduleId, Caller caller, ScheduleOperations schedules)
    {
        await schedules.ResumeAsync(caller, PathId.Read("schedule", scheduleId));
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> RunAsync(
        string scheduleId, Caller caller, ScheduleOperations schedules, CancellationToken cancellationToken)
    {
        var task = await schedules.RunAsync(caller, PathId.Read("schedule", scheduleId), cancellationToken);
        return TaskView.OfRepeater(caller).Show(task);
    }

    private static NewSchedule Read(JsonBody body, BodyFields fields)
    {
        var task = RequestBody.ToTask(body, fields, BodyFields.Schedule);
        body = body with { Texts = "Texts" };
        NewSchedule schedule = new(task)
        {
            Interval = body.WholeNumber("interval", $"whole seconds, from 1 to {Recurrence.MaxInterval}"),
            Cron = body.Text("cron"),
            TimeZone = body.Text("timeZone"),
            CatchUp = body.Text("catchUp"),
            Overlap = body.Text("overlap"),
        };
        schedule.Check();
        return schedule;
    }

    private static void Write(Utf8JsonWriter writer, Schedule schedule)
    {
        var row = schedule.Row;
        writer.WriteStartObject();
        writer.WriteString("id"u8, row.Id.ToString());
        if (row.Interval is { } interval)
        {
            writer.WriteNumber("interval"u8, interval);
        }

        writer.WriteOptional("cron"u8, row.Cron);
        writer.WriteOptional("timeZone"u8, row.TimeZone);
        writer.WriteString("functionName"u8, row.FunctionName);
        writer.WriteAsSent("data"u8, row.Data);
        if (row.Priority is { } priority)
        {
            writer.WriteNumber("priority"u8, priority);
        }

        writer.WriteTexts("tags"u8, row.Tags);
        writer.WriteTime("startTimestamp"u8, Microseconds.ToTime(row.StartAt));
        if (schedule.NextAt is { } next)
        {
            writer.WriteTime("nextTimestamp"u8, Microseconds.ToTime(next));
        }

        writer.WriteString("catchUp"u8, row.CatchUp);
        writer.WriteString("overlap"u8, row.Overlap);
        writer.WriteBoolean("paused"u8, row.IsPaused);
        writer.WriteOptional("pauseReason"u8, row.PauseReason);
        writer.WriteOptional("lastTaskId"u8, row.LastTaskId?.ToString());
        writer.WriteOptional("createdByApplicationId"u8, row.CreatedByApplicationId);
        writer.WriteOptional("createdByUserId"u8, row.CreatedByUserId);
        writer.WriteTime("creationTimestamp"u8, Microseconds.ToTime(row.CreatedAt));
        writer.WriteTime("updateTimestamp"u8, Microseconds.ToTime(row.UpdatedAt));
        writer.WriteEndObject();
    }
}
