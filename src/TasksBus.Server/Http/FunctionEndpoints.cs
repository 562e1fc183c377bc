using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Server.Http.Authentication;
using TasksBus.Server.OpenApi;
using TasksBus.Server.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

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
        functions.MapPost("/{name}/enable", static (string name, ManagedFunctions managed) => EnableAsync(name, true, managed))
            .RequirePermission(Permissions.UpdateTaskFunction)
            .Describe(Tags.Functions, "enableFunction", "Enable a function", "Its tasks start.")
            .Answers<AffectedSchema>("It is enabled.")
            .Refuses(ErrorCode.ResourceUnknown, ErrorCode.IllegalState);
        functions.MapPost("/{name}/disable", static (string name, ManagedFunctions managed) => EnableAsync(name, false, managed))
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
    private static async Task<IResult> ListAsync(ManagedFunctions managed)
    {
        var functions = await managed.ListAsync();
        return Results.Json(new
        {
            query = "{}",
            page = new { total = functions.Count, offset = 0, limit = Math.Max(functions.Count, RqlQuery.DefaultLimit) },
            data = functions.Select(
                static function =>
                    new { function.Name, function.Description, UpdateTimestamp = TimeText.Format(function.UpdateTimestamp) }),
            note = functions.Count == 0 ? NoneManaged : null,
        }, ApiAnswers.Options);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, ManagedFunctions managed, ILoggerFactory logging)
    {
        var (body, refusal) = await RequestBody.ReadAsync(request, Example);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var name, var changes, refusal) = FunctionBody.Read(body);
        refusal ??= string.IsNullOrEmpty(name) ? new Refusal(ErrorCode.MissingRequiredFields, "name is required.") : null;
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (var function, refusal) = await managed.CreateAsync(name!, changes);
        return refusal is null ? Details(function!) : Refused(refusal, caller, logging);
    }

    private static async Task<IResult> GetAsync(string name, ManagedFunctions managed)
    {
        var (function, refusal) = await managed.FindAsync(name);
        return refusal is null ? Details(function!) : ApiErrors.Result(refusal);
    }

    private static async Task<IResult> UpdateAsync(
        string name, HttpRequest request, Caller caller, ManagedFunctions managed, ILoggerFactory logging)
    {
        var (body, refusal) = await RequestBody.ReadAsync(request, """{"timeLimit":60}""");
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        (_, var changes, refusal) = FunctionBody.Read(body);
        return Affected(refusal ?? await managed.UpdateAsync(name, changes), caller, logging);
    }

    private static async Task<IResult> DeleteAsync(string name, Caller caller, ManagedFunctions managed, ILoggerFactory logging) =>
        Affected(await managed.DeleteAsync(name), caller, logging);

    private static async Task<IResult> EnableAsync(string name, bool isEnabled, ManagedFunctions managed) =>
        await managed.EnableAsync(name, isEnabled) is { } refusal ? ApiErrors.Result(refusal) : ApiAnswers.Affected;

    /// <summary>The pool of the next task that uses this name for the function.</summary>
    private static async Task<IResult> GetPoolAsync(string name, IFunctionPolicyStore store, CancellationToken cancellationToken) =>
        ScheduleRules.Check(new() { FunctionName = name }) is { } refusal ? ApiErrors.Result(refusal)
        : Results.Json(
            new { functionName = name, pool = (await store.RefreshFunctionsAsync(cancellationToken)).PoolOf(name) }, ApiAnswers.Options);

    private static async Task<IResult> SetPoolAsync(string name, HttpRequest request, IFunctionPoolStore pools)
    {
        var (body, refusal) = await RequestBody.ReadAsync(request, """{"pool":"gpu"}""");
        refusal ??= ScheduleRules.Check(new() { FunctionName = name });
        (var pool, refusal) = refusal is null ? FunctionBody.ReadPool(body) : ("", refusal);
        if (refusal is null)
        {
            await pools.SetAsync(name, pool);
        }

        return refusal is null ? ApiAnswers.Affected : ApiErrors.Result(refusal);
    }

    /// <summary>Deprecated in the original API, because the log of one task says more.</summary>
    private static async Task<IResult> LogsAsync(
        string name, HttpRequest request, IRecordStore records, CancellationToken cancellationToken)
    {
        var (query, refusal) = LogQuery.ParseSpan(request.QueryString);
        if (refusal is not null)
        {
            return ApiErrors.Result(refusal);
        }

        // A line is written before its log arrives, by at most a function's longest run.
        var last = query.To < DateTimeOffset.MaxValue - TasksBusOptions.MaxTimeLimit ? query.To + TasksBusOptions.MaxTimeLimit : query.To;
        var logs = await records.FunctionLogsAsync(name, query.From, last, MaxLogs, cancellationToken);
        return LogPage.Of(logs, query);
    }

    private static IResult Affected(Refusal? refusal, Caller caller, ILoggerFactory logging) =>
        refusal is null ? ApiAnswers.Affected : Refused(refusal, caller, logging);

    /// <summary>Answers with the refusal. A reason that not every caller may see is logged for the operator.</summary>
    private static IResult Refused(Refusal refusal, Caller caller, ILoggerFactory logging)
    {
        if (refusal.Reason is not { } reason)
        {
            return ApiErrors.Result(refusal);
        }

        LogRefused(logging.CreateLogger(typeof(FunctionEndpoints)), reason);
        return caller.May(Permissions.ViewTaskFunctionDetails)
            ? ApiErrors.Result(refusal.Code, $"{reason} {refusal.Message}") : ApiErrors.Result(refusal);
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
    }, ApiAnswers.Options);

    [LoggerMessage(504, LogLevel.Warning, "Lambda did not manage a function as asked: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
