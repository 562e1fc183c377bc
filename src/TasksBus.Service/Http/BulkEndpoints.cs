using System.Text.Json;
using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>The bulk operations resource: <c>/tasks/v1/bulk</c>.</summary>
internal static class BulkEndpoints
{
    private const string Example = """{"action":"rerun","query":"eq(status,failed)&eq(functionName,hello)"}""";

    public static void MapBulkOperations(this IEndpointRouteBuilder app)
    {
        var operations = app.MapGroup("/tasks/v1/bulk").TakesPath<IdSchema>("operationId", "The bulk operation's id.");
        operations.MapPost("/", CreateAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(
                Tags.Tasks, "createBulkOperation", "Cancel or rerun all tasks that a query finds",
                "It goes on in the background, whatever crashes, and takes the tasks that are stored now, the oldest first. With `dryRun` "
                + "it only says how many there are. It takes VIEW_TASKS, and CANCEL_TASKS or CREATE_TASKS.")
            .TakesBody<NewBulkOperationSchema>(
                ("rerunWhatFailed", Example),
                ("howManyToCancel", """{"action":"cancel","query":"eq(status,new)&contains(tags,tour)","dryRun":true}"""))
            .Answers<BulkOperationSchema>("The operation. After a dry run it has only action, query and matching.")
            .Refuses(
                ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.IdFormat, ErrorCode.InvalidRql,
                ErrorCode.ResourceAlreadyExists, ErrorCode.IllegalState, ErrorCode.BodyFormat);
        operations.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(
                Tags.Tasks, "listBulkOperations", "List bulk operations, newest first",
                "The whole query string is RQL, as for tasks, on the properties that are shown here. An operation that ended more "
                + "than 30 days ago is removed when the next one is made.")
            .WithQueryExample("eq(status,inProgress)&limit(2)")
            .Answers<BulkOperationPageSchema>("A page of operations.")
            .Refuses(ErrorCode.InvalidRql);
        operations.MapGet("/{operationId}", GetAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(Tags.Tasks, "getBulkOperation", "Get a bulk operation and its progress")
            .Answers<BulkOperationSchema>("The operation.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        operations.MapPost("/{operationId}/stop", StopAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(
                Tags.Tasks, "stopBulkOperation", "Stop a bulk operation",
                "What it did stays. A step that is under way still ends. It takes the permissions that it took to make it.")
            .Answers<StoppedSchema>("It is stopped, or had ended before.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, BulkOperations operations, BodyFields fields)
    {
        var body = await RequestBody.ReadAsync(request, Example);
        fields.Check(body, BodyFields.BulkOperation);
        body = body with { Texts = "Texts" };
        NewBulkOperation wanted = new(Required(body, "action"), Required(body, "query"))
        {
            Id = body.Text("id") is { } id ? IdOf(id) : null,
            Priority = body.WholeNumber("priority"),
        };
        var gone = request.HttpContext.RequestAborted;
        if (body.Boolean("dryRun") == true)
        {
            var matching = await operations.CountAsync(caller, wanted, gone);
            return ApiAnswers.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("action"u8, wanted.Action);
                writer.WriteString("query"u8, wanted.Query);
                WriteCount(writer, matching);
                writer.WriteEndObject();
            });
        }

        var made = await operations.CreateAsync(caller, wanted, gone);
        return ApiAnswers.Json(writer => Write(writer, made));
    }

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, BulkOperations operations)
    {
        var query = RequestQuery.Read(request.QueryString, BulkProperties.Schema);
        var (page, total) = await operations.ListAsync(caller, query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(query, total, page, Write);
    }

    private static async Task<IResult> GetAsync(string operationId, Caller caller, BulkOperations operations)
    {
        var operation = await operations.FindAsync(caller, IdOf(operationId));
        return ApiAnswers.Json(writer => Write(writer, operation));
    }

    private static async Task<IResult> StopAsync(string operationId, Caller caller, BulkOperations operations)
    {
        return await operations.StopAsync(caller, IdOf(operationId)) ? ApiAnswers.Affected : ApiAnswers.NoneAffected;
    }

    private static TaskId IdOf(string text) => PathId.Read("bulk operation", text);

    private static string Required(JsonBody body, string name) => body.Text(name)
        ?? throw new CommandRefusedException(ErrorCode.MissingRequiredFields, $"{name} is required, as in {Example}.");

    private static void Write(Utf8JsonWriter writer, StoredBulkOperation operation)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, operation.Id.ToString());
        writer.WriteString("action"u8, operation.Action);
        writer.WriteString("query"u8, operation.Query);
        if (operation.Priority is { } priority)
        {
            writer.WriteNumber("priority"u8, priority);
        }

        writer.WriteString("status"u8, operation.Status);
        writer.WriteNumber("progress"u8, Math.Round(operation.Progress, 4));
        WriteCount(writer, operation.Matching);
        writer.WriteNumber("affected"u8, operation.Affected);
        writer.WriteNumber("skipped"u8, operation.Skipped);
        writer.WriteNumber("refused"u8, operation.Refused);
        writer.WriteOptional("reason"u8, operation.Reason);
        writer.WriteOptional("createdByApplicationId"u8, operation.CreatedByApplicationId);
        writer.WriteOptional("createdByUserId"u8, operation.CreatedByUserId);
        writer.WriteTime("creationTimestamp"u8, Microseconds.ToTime(operation.CreatedAt));
        writer.WriteTime("updateTimestamp"u8, Microseconds.ToTime(operation.UpdatedAt));
        writer.WriteEndObject();
    }

    private static void WriteCount(Utf8JsonWriter writer, long? matching)
    {
        if (matching is { } count)
        {
            writer.WriteNumber("matching"u8, count);
        }
    }
}
