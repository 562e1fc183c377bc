using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;
using TasksBus.Triggers;

namespace TasksBus.Service.Http;

/// <summary>The dispatchers resource: <c>/dispatchers/v1</c>. A dispatcher is a trigger in the words of the engine.</summary>
internal static class DispatcherEndpoints
{
    private const string Example = """{"eventType":"user_deleted","actions":[{"type":"task","functionName":"hello"}]}""";
    private const string ActionExample = """{"type":"task","functionName":"hello","delay":60,"priority":5}""";

    public static void MapDispatchers(this IEndpointRouteBuilder app)
    {
        var dispatchers = app.MapGroup("/dispatchers/v1")
            .TakesPath<IdSchema>("dispatcherId", "The dispatcher's id.").TakesPath<IdSchema>("actionId", "The action's id.");
        dispatchers.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewDispatchers)
            .Describe(
                Tags.Dispatchers, "listDispatchers", "List dispatchers, newest first",
                "The whole query string is RQL, as for tasks, on the properties that are shown here.")
            .WithQueryExample("eq(eventType,user_deleted)&limit(2)")
            .Answers<EventDispatcherPageSchema>("A page of dispatchers.")
            .Refuses(ErrorCode.InvalidRql);
        dispatchers.MapPost("/", CreateAsync)
            .RequirePermission(Permissions.CreateDispatchers)
            .Describe(
                Tags.Dispatchers, "createDispatcher", "Create a dispatcher",
                "From now on each event of its type schedules a task for each of its actions. Mail actions are refused with code 15.")
            .TakesBody<NewDispatcherSchema>(("onEvent", Example))
            .Answers<EventDispatcherSchema>("The dispatcher.")
            .Refuses(
                ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.ResourceAlreadyExists, ErrorCode.IllegalState, ErrorCode.BodyFormat);
        dispatchers.MapGet("/{dispatcherId}", GetAsync)
            .RequirePermission(Permissions.ViewDispatchers)
            .Describe(Tags.Dispatchers, "getDispatcher", "Get a dispatcher")
            .Answers<EventDispatcherSchema>("The dispatcher.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        dispatchers.MapPut("/{dispatcherId}", UpdateAsync)
            .RequirePermission(Permissions.UpdateDispatchers)
            .Describe(
                Tags.Dispatchers, "updateDispatcher", "Change a dispatcher",
                "What is left out stays. Its actions are changed one by one, below this path.")
            .TakesBody<DispatcherUpdateSchema>(("anotherType", """{"eventType":"user_created"}"""))
            .Answers<AffectedSchema>("It is updated.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.FieldFormat, ErrorCode.ResourceUnknown, ErrorCode.ResourceAlreadyExists,
                ErrorCode.IllegalState, ErrorCode.BodyFormat);
        dispatchers.MapDelete("/{dispatcherId}", DeleteAsync)
            .RequirePermission(Permissions.DeleteDispatchers)
            .Describe(
                Tags.Dispatchers, "deleteDispatcher", "Delete a dispatcher", "Its tasks stay. Once this is answered it schedules no more.")
            .Answers<AffectedSchema>("It is gone.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        MapActions(dispatchers);
    }

    private static void MapActions(RouteGroupBuilder dispatchers)
    {
        dispatchers.MapPost("/{dispatcherId}/actions", CreateActionAsync)
            .RequirePermission(Permissions.UpdateDispatchers)
            .Describe(Tags.Dispatchers, "createDispatcherAction", "Create an action of a dispatcher")
            .TakesBody<NewActionSchema>(("aMinuteLater", ActionExample))
            .Answers<ActionSchema>("The action.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.IllegalState, ErrorCode.BodyFormat);
        dispatchers.MapPut("/{dispatcherId}/actions/{actionId}", UpdateActionAsync)
            .RequirePermission(Permissions.UpdateDispatchers)
            .Describe(
                Tags.Dispatchers, "updateDispatcherAction", "Change an action of a dispatcher",
                "What is left out stays, but a start time replaces a delay, and a delay a start time.")
            .TakesBody<ActionUpdateSchema>(("moreUrgent", """{"priority":10}"""))
            .Answers<AffectedSchema>("It is updated.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.FieldFormat, ErrorCode.DataTooLarge, ErrorCode.ResourceUnknown,
                ErrorCode.BodyFormat);
        dispatchers.MapDelete("/{dispatcherId}/actions/{actionId}", DeleteActionAsync)
            .RequirePermission(Permissions.UpdateDispatchers)
            .Describe(Tags.Dispatchers, "deleteDispatcherAction", "Delete an action of a dispatcher")
            .Answers<AffectedSchema>("It is gone.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, TriggerBook book)
    {
        var query = RequestQuery.Read(request.QueryString, TriggerProperties.Triggers);
        var (page, total, limit) = await book.FindAsync(query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(query, total, page, DispatcherBody.Write, limit);
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, Caller caller, TriggerBook book, BodyFields fields)
    {
        var wanted = DispatcherBody.Read(await RequestBody.ReadAsync(request, Example), fields);
        var made = await book.CreateAsync(wanted, caller.ApplicationId, caller.UserId);
        return ApiAnswers.Json(writer => DispatcherBody.Write(writer, made));
    }

    private static async Task<IResult> GetAsync(string dispatcherId, TriggerBook book) =>
        await book.FindAsync(IdOf(dispatcherId)) is { } found ? ApiAnswers.Json(writer => DispatcherBody.Write(writer, found))
        : Unknown(dispatcherId);

    private static async Task<IResult> UpdateAsync(string dispatcherId, HttpRequest request, TriggerBook book, BodyFields fields)
    {
        var id = IdOf(dispatcherId);
        var change = DispatcherBody.ReadUpdate(await RequestBody.ReadAsync(request, """{"eventType":"user_created"}"""), fields);
        return await book.ChangeAsync(id, change) is null ? Unknown(dispatcherId) : ApiAnswers.Affected;
    }

    private static async Task<IResult> DeleteAsync(string dispatcherId, TriggerBook book) =>
        await book.DeleteAsync(IdOf(dispatcherId)) ? ApiAnswers.Affected : Unknown(dispatcherId);

    private static async Task<IResult> CreateActionAsync(string dispatcherId, HttpRequest request, TriggerBook book, BodyFields fields)
    {
        var id = IdOf(dispatcherId);
        var wanted = DispatcherBody.ReadAction(await RequestBody.ReadAsync(request, ActionExample), fields);
        wanted.Check();
        return await book.AddActionAsync(id, wanted) is { } action
            ? ApiAnswers.Json(writer => TriggerJson.WriteAction(writer, action)) : Unknown(dispatcherId);
    }

    private static async Task<IResult> UpdateActionAsync(
        string dispatcherId, string actionId, HttpRequest request, TriggerBook book, BodyFields fields)
    {
        var (id, action) = (IdOf(dispatcherId), ActionIdOf(actionId));
        var change = DispatcherBody.ReadActionUpdate(await RequestBody.ReadAsync(request, """{"priority":10}"""), fields);
        return await book.ChangeActionAsync(id, action, change) ? ApiAnswers.Affected : Unknown(dispatcherId, actionId);
    }

    private static async Task<IResult> DeleteActionAsync(string dispatcherId, string actionId, TriggerBook book) =>
        await book.DeleteActionAsync(IdOf(dispatcherId), ActionIdOf(actionId)) ? ApiAnswers.Affected : Unknown(dispatcherId, actionId);

    private static TaskId IdOf(string text) => PathId.Read("dispatcher", text);

    private static TaskId ActionIdOf(string text) => PathId.Read("action", text);

    private static IResult Unknown(string id) => ApiErrors.Result(ErrorCode.ResourceUnknown, $"There is no dispatcher '{id}'.");

    private static IResult Unknown(string id, string actionId) =>
        ApiErrors.Result(ErrorCode.ResourceUnknown, $"There is no dispatcher '{id}' with an action '{actionId}'.");
}
