using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;
using TasksBus.Triggers;

namespace TasksBus.Service.Http;

/// <summary>The events resource: <c>/events/v1</c>. Its bodies are in snake case, and camel case is accepted too.</summary>
internal static class EventEndpoints
{
    private const string Example = """{"type":"user_deleted","content":{"id":"507f1f77bcf86cd799439011"}}""";

    private const string TransitionExample =
        """{"schemaId":"orders","documentId":"5","transition":"pay","actions":[{"type":"task","functionName":"hello"}]}""";

    private const string IdempotencyDescription =
        "The caller's own name for the request, such as a random UUID: for 24 hours the same key and content answer the same event, which "
        + "triggers nothing again, and another content is refused with code 17. Keys of different callers are different.";

    public static void MapEvents(this IEndpointRouteBuilder app)
    {
        var events = app.MapGroup("/events/v1").TakesPath<IdSchema>("eventId", "The event's id.");
        events.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewEvents)
            .Describe(
                Tags.Events, "listEvents", "List events, newest first",
                "The whole query string is RQL, as for tasks, on the properties that are shown here. They are in snake case.")
            .WithQueryExample("eq(type,user_deleted)&limit(2)")
            .Answers<EventPageSchema>("A page of events.")
            .Refuses(ErrorCode.InvalidRql);
        events.MapPost("/", CreateAsync)
            .RequirePermission(Permissions.CreateEvents)
            .Describe(
                Tags.Events, "createEvent", "Raise an event",
                "Each action of each dispatcher for its type schedules its task. The event and its tasks are on disk before the answer is "
                + "sent: all of it, or nothing.")
            .TakesHeader<IdempotencyKeySchema>(IdempotencyHeader.Name, IdempotencyDescription)
            .TakesBody<NewEventSchema>(("userDeleted", Example))
            .Answers<EventSchema>("The event.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.ResourceAlreadyExists, ErrorCode.BodyFormat);
        events.MapPost("/transitions", CreateTransitionAsync)
            .RequirePermission(Permissions.CreateEvents)
            .Describe(
                Tags.Events, "createTransition", "Raise the transition of a document",
                "Each task action of the transition schedules its task, with schemaId and documentId in its data. Actions of other types "
                + "are the data service's own, and are left to it. The transition is an event of the type document_transitioned, so "
                + "dispatchers for that type schedule their tasks too.")
            .TakesHeader<IdempotencyKeySchema>(IdempotencyHeader.Name, IdempotencyDescription)
            .TakesBody<NewTransitionSchema>(("paid", TransitionExample))
            .Answers<EventSchema>("The event.")
            .Refuses(
                ErrorCode.IdFormat, ErrorCode.EmptyBody, ErrorCode.MissingRequiredFields, ErrorCode.FieldFormat, ErrorCode.DataTooLarge,
                ErrorCode.ResourceUnknown, ErrorCode.ResourceAlreadyExists, ErrorCode.BodyFormat);
        events.MapGet("/{eventId}", GetAsync)
            .RequirePermission(Permissions.ViewEvents)
            .Describe(Tags.Events, "getEvent", "Get an event")
            .Answers<EventSchema>("The event.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown);
        events.MapGet("/health", static () => Results.Text("live")).AllowAnonymous()
            .Describe(Tags.Health, "eventsLive", "Check that events are served")
            .Answers<LiveSchema>("They are.", "text/plain");
    }

    private static async Task<IResult> ListAsync(HttpRequest request, IRaisedEventStore events)
    {
        var query = RequestQuery.Read(request.QueryString, TriggerProperties.Events);
        var (page, total, limit) = await events.FindAsync(query, request.HttpContext.RequestAborted);
        return ApiAnswers.Page(query, total, page, TriggerJson.WriteEvent, limit);
    }

    private static async Task<IResult> GetAsync(string eventId, IRaisedEventStore events)
    {
        var id = PathId.Read("event", eventId);
        return (await events.FindAsync([id])).GetValueOrDefault(id) is { } found
            ? ApiAnswers.Json(writer => TriggerJson.WriteEvent(writer, found))
            : ApiErrors.Result(ErrorCode.ResourceUnknown, $"There is no event '{eventId}'.");
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, TaskIntake tasks, EventIntake intake, BodyFields fields)
    {
        tasks.RequireRoom();
        var body = await RequestBody.ReadAsync(request, Example);
        fields.Check(body, BodyFields.Event);
        return await RaiseAsync(NewEvent.Of(EventBody.ToEvent(body)), request, caller, intake);
    }

    private static async Task<IResult> CreateTransitionAsync(
        HttpRequest request, Caller caller, TaskIntake tasks, EventIntake intake, BodyFields fields)
    {
        tasks.RequireRoom();
        var body = await RequestBody.ReadAsync(request, TransitionExample);
        fields.Check(body, BodyFields.Transition);
        return await RaiseAsync(NewEvent.Of(EventBody.ToTransition(body)), request, caller, intake);
    }

    private static async Task<IResult> RaiseAsync(NewEvent wanted, HttpRequest request, Caller caller, EventIntake intake)
    {
        wanted = wanted with { CreatedByApplicationId = caller.ApplicationId, CreatedByUserId = caller.UserId };
        var raised = IdempotencyHeader.Read(request, caller) is { } key
            ? await intake.RaiseAsync(key, wanted, request.HttpContext.RequestAborted)
            : await intake.RaiseAsync(TaskId.New(), wanted);
        return raised is not null ? ApiAnswers.Json(writer => TriggerJson.WriteEvent(writer, raised))
            : ApiErrors.Result(
                ErrorCode.ResourceAlreadyExists,
                $"This {IdempotencyHeader.Name} made another event less than 24 hours ago. Use a new key for a new event.");
    }
}
