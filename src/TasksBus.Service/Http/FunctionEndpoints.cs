using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>The functions resource: <c>/tasks/v1/functions</c>.</summary>
internal static partial class FunctionEndpoints
{
    private const string Example = """{"name":"hello","runtime":"nodejs22.x","entryPoint":"index.handler","code":"BASE64 OF A ZIP"}""";

    /// <summary>Somebody who has run a local function and finds none here must not think that it is gone.</summary>
    private const string NoneManaged = "No function is managed here yet. Others, such as local ones, run by their names all the same "
        + "and are not listed; POST creates one that is.";

    /// <summary>How many logs are searched for lines.</summary>
    private const int MaxLogs = 200;

    public static void MapFunctions(this IEndpointRouteBuilder app)
    {
        var functions = app.MapGroup("/tasks/v1/functions").TakesPath<FunctionNameSchema>("name", "The function's name.");
        functions.AddEndpointFilter(ShowReasonAsync);
        functions.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewTaskFunctions)
            .Describe(
                Tags.Functions, "listFunctions", "List the managed functions",
                "One page with all of them, whatever the query string says. "
                + "Functions that are not managed, such as local ones, run by their names and are not listed; "
                + "where no function is managed, `note` says so.")
            .Answers<FunctionPageSchema>("All functions.");
        functions.MapPost("/", CreateAsync)
            .RequirePermission(Permissions.CreateTaskFunction)
            .WithMetadata(new RequestSizeLimitAttribute(BodyLimits.MaxFunctionBytes))
            .Describe(Tags.Functions, "createFunction", "Create a function from a zip")
            .TakesBody<NewFunctionSchema>(("greet", NewFunctionSchema.Example))
            .Answers<FunctionSchema>("The function.")
            .Refuses(
                ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceAlreadyExists,
                ErrorCode.BodyFormat, ErrorCode.IllegalState, ErrorCode.InvalidFunctionCode, ErrorCode.InvalidFunctionConfiguration,
                ErrorCode.InvalidFunctionName);
        functions.MapGet("/{name}", GetAsync)
            .RequirePermission(Permissions.ViewTaskFunctionDetails)
            .Describe(Tags.Functions, "getFunction", "Get a function")
            .Answers<FunctionSchema>("The function.")
            .Refuses(ErrorCode.ResourceUnknown);
        functions.MapPut("/{name}", UpdateAsync)
            .RequirePermission(Permissions.UpdateTaskFunction)
            .WithMetadata(new RequestSizeLimitAttribute(BodyLimits.MaxFunctionBytes))
            .Describe(Tags.Functions, "updateFunction", "Change a function")
            .TakesBody<FunctionChangesSchema>(("limits", """{"timeLimit":60,"memoryLimit":256}"""))
            .Answers<AffectedSchema>("It is changed, for every task that starts from now on.")
            .Refuses(
                ErrorCode.EmptyBody, ErrorCode.FieldFormat, ErrorCode.DataTooLarge, ErrorCode.ResourceUnknown, ErrorCode.BodyFormat,
                ErrorCode.IllegalState,
                ErrorCode.InvalidFunctionCode, ErrorCode.InvalidFunctionConfiguration);
        functions.MapDelete("/{name}", DeleteAsync)
            .RequirePermission(Permissions.DeleteTaskFunction)
            .Describe(Tags.Functions, "deleteFunction", "Delete a function", "Its tasks and their logs stay.")
            .Answers<AffectedSchema>("It is deleted.")
            .Refuses(ErrorCode.ResourceUnknown, ErrorCode.IllegalState);
        MapUse(functions);
    }

    /// <summary>Maps the endpoints for how tasks use a function, and for its logs.</summary>
    private static void MapUse(RouteGroupBuilder functions)
    {
        functions.MapGet("/{name}/logs", LogsAsync)
            .RequirePermission(Permissions.ViewTaskFunctionLogs)
            .Describe(
                Tags.Functions, "listFunctionLogs", "Read what all tasks of a function printed in a span of time",
                "The query must say the span, of at most 24 hours; the logs of the first 200 tasks that ended in it are read, so go on "
                + "from the time of the last line. The logs of one task tell more.")
            .IsDeprecated()
            .WithQueryExample("eventTimestamp>=2021-09-29T00:00:00Z&eventTimestamp<=2021-09-30T00:00:00Z")
            .Answers<FunctionLogPageSchema>("The lines, oldest first.")
            .Refuses(ErrorCode.InvalidRql, ErrorCode.EmptyRql);
        functions.MapPost("/{name}/enable", EnableAsync)
            .RequirePermission(Permissions.UpdateTaskFunction)
            .Describe(Tags.Functions, "enableFunction", "Enable a function", "Its tasks start.")
            .Answers<AffectedSchema>("It is enabled.")
            .Refuses(ErrorCode.ResourceUnknown, ErrorCode.IllegalState);
        functions.MapPost("/{name}/disable", DisableAsync)
            .RequirePermission(Permissions.UpdateTaskFunction)
            .Describe(
                Tags.Functions, "disableFunction", "Disable a function",
                "Its tasks fail at their start. Their error is of type invocation, named FunctionDisabled.")
            .Answers<AffectedSchema>("It is disabled.")
            .Refuses(ErrorCode.ResourceUnknown, ErrorCode.IllegalState);
        functions.MapGet("/{name}/pool", GetPoolAsync)
            .RequirePermission(Permissions.ViewTaskFunctionDetails)
            .Describe(
                Tags.Functions, "getFunctionPool", "Get the pool whose workers run a function",
                "Also of a function that is not managed here.")
            .Answers<FunctionPoolSchema>("The pool of the next task that names the function so.")
            .Refuses(ErrorCode.FieldFormat);
        functions.MapPut("/{name}/pool", SetPoolAsync)
            .RequirePermission(Permissions.UpdateTaskFunction)
            .Describe(
                Tags.Functions, "setFunctionPool", "Put a function into a pool",
                "Also one that is not managed here. It holds for every task that comes in from now on; tasks that wait stay in their pool.")
            .TakesBody<NewFunctionPoolSchema>(("pool", """{"pool":"default"}"""))
            .Answers<AffectedSchema>("It is in the pool.")
            .Refuses(ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.BodyFormat);
    }

    /// <summary>Answers one page with all functions, whatever the query string is.</summary>
    private static async Task<IResult> ListAsync(Caller caller, FunctionOperations operations)
    {
        var functions = await operations.ListAsync(caller);
        return Results.Json(new
        {
            query = "{}",
            page = new { total = functions.Count, offset = 0, limit = Math.Max(functions.Count, RqlQuery.DefaultLimit) },
            data = functions.Select(static function => new
            {
                function.Name,
                function.Description,
                UpdateTimestamp = TimeText.Format(function.UpdateTimestamp),
            }),
            note = functions.Count == 0 ? NoneManaged : null,
        }, JsonOutput.Objects);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, ManagedFunctions managed)
    {
        var (name, changes) = FunctionBody.Read(await RequestBody.ReadAsync(request, Example));
        return string.IsNullOrEmpty(name) ? ApiErrors.Result(ErrorCode.MissingRequiredFields, "name is required.")
            : Details(await managed.CreateAsync(name, changes));
    }

    private static async Task<IResult> GetAsync(string name, Caller caller, FunctionOperations functions) =>
        Details(await functions.FindAsync(caller, name));

    private static async Task<IResult> UpdateAsync(string name, HttpRequest request, ManagedFunctions managed)
    {
        await managed.UpdateAsync(name, FunctionBody.Read(await RequestBody.ReadAsync(request, """{"timeLimit":60}""")).Changes);
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> DeleteAsync(string name, ManagedFunctions managed)
    {
        await managed.DeleteAsync(name);
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> EnableAsync(string name, Caller caller, FunctionOperations functions)
    {
        await functions.EnableAsync(caller, name, isEnabled: true);
        return ApiAnswers.Affected;
    }

    private static async Task<IResult> DisableAsync(string name, Caller caller, FunctionOperations functions)
    {
        await functions.EnableAsync(caller, name, isEnabled: false);
        return ApiAnswers.Affected;
    }

    /// <summary>The pool of the next task that uses this name for the function.</summary>
    private static async Task<IResult> GetPoolAsync(
        string name, Caller caller, FunctionOperations functions, CancellationToken cancellationToken) =>
        Results.Json(new { functionName = name, pool = await functions.PoolAsync(caller, name, cancellationToken) }, JsonOutput.Objects);

    private static async Task<IResult> SetPoolAsync(string name, HttpRequest request, IFunctionPoolStore pools)
    {
        var body = await RequestBody.ReadAsync(request, """{"pool":"gpu"}""");
        ScheduleRules.Check(new() { FunctionName = name });
        await pools.SetAsync(name, FunctionBody.ReadPool(body));
        return ApiAnswers.Affected;
    }

    /// <summary>Deprecated in the original API, because the log of one task says more.</summary>
    private static async Task<IResult> LogsAsync(
        string name, HttpRequest request, IRecordStore records, CancellationToken cancellationToken)
    {
        var query = LogQuery.ParseSpan(request.QueryString);

        // A line is written before its log arrives, by at most a function's longest run.
        var last = query.To < DateTimeOffset.MaxValue - TasksBusOptions.MaxTimeLimit ? query.To + TasksBusOptions.MaxTimeLimit : query.To;
        var logs = await records.FunctionLogsAsync(name, query.From, last, MaxLogs, cancellationToken);
        return LogPage.Of(logs, query);
    }

    /// <summary>Answers with a refusal that has a reason. Not every caller may see the reason, and it is logged for the operator.</summary>
    private static async ValueTask<object?> ShowReasonAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (CommandRefusedException refused) when (refused.Refusal is { Reason: { } reason } refusal)
        {
            var http = context.HttpContext;
            LogRefused(http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(FunctionEndpoints)), reason);
            return (await Caller.BindAsync(http))!.May(Permissions.ViewTaskFunctionDetails)
                ? ApiErrors.Result(refusal.Code, $"{reason} {refusal.Message}")
                : ApiErrors.Result(refusal);
        }
    }

    private static IResult Details(FunctionSettings function) => Results.Json(new
    {
        function.Name,
        function.Description,
        function.EntryPoint,
        function.Runtime,
        function.TimeLimit,
        function.MemoryLimit,
        EnvironmentVariables = function.Environment?.ToDictionary(
            static variable => variable.Key, static variable => new { variable.Value }),
        ExecutionOptions = new { function.PermissionMode, function.DefaultPriority },
        RetryPolicy = new { Enabled = function.IsRetried, function.ErrorsToRetry },
        Enabled = function.IsEnabled,
        UpdateTimestamp = TimeText.Format(function.UpdateTimestamp),
    }, JsonOutput.Objects);

    [LoggerMessage(504, LogLevel.Warning, "Lambda did not manage a function as asked: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
