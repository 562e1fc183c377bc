using TasksBus.Contracts;

namespace TasksBus.Server.OpenApi;

/// <summary>What the document says of an endpoint, stated beside its route. None of it changes what the endpoint does.</summary>
internal static class EndpointDescription
{
    private const string Json = "application/json";

    /// <param name="id">The name for programs. With several methods, each operation's name and summary end with its own.</param>
    /// <param name="summary">What the operation does, as a command: "Schedule a task".</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder endpoint, string tag, string id, string summary, string? description = null)
    {
        endpoint.WithTags(tag).WithSummary(summary).WithMetadata(new DescribedOperation(id));
        return description is null ? endpoint : endpoint.WithDescription(description);
    }

    /// <summary>A parameter in the path of one endpoint.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteHandlerBuilder TakesPath<T>(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.WithMetadata(new DescribedParameter(name, typeof(T), description, IsHeader: false));

    /// <summary>A parameter in the path of those endpoints of a group that have one of this name.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteGroupBuilder TakesPath<T>(this RouteGroupBuilder group, string name, string description) =>
        group.WithMetadata(new DescribedParameter(name, typeof(T), description, IsHeader: false));

    /// <summary>A header that callers may send.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteHandlerBuilder TakesHeader<T>(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.WithMetadata(new DescribedParameter(name, typeof(T), description, IsHeader: true));

    /// <summary>A query string to call the endpoint with, in the sample of a call.</summary>
    public static RouteHandlerBuilder WithQueryExample(this RouteHandlerBuilder endpoint, string query) =>
        endpoint.WithMetadata(new QueryExample(query));

    /// <summary>
    /// The body. The endpoint reads it itself, whatever its content type: <c>Accepts</c>, .NET's own method for this, would refuse others.
    /// </summary>
    /// <typeparam name="T">Its schema.</typeparam>
    /// <param name="examples">Names and JSON texts of bodies that work.</param>
    public static RouteHandlerBuilder TakesBody<T>(this RouteHandlerBuilder endpoint, params (string Name, string Value)[] examples) =>
        endpoint.WithMetadata(new DescribedBody(typeof(T), IsRequired: true, examples));

    /// <summary>A body that may be left out.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteHandlerBuilder MayTakeBody<T>(this RouteHandlerBuilder endpoint, params (string Name, string Value)[] examples) =>
        endpoint.WithMetadata(new DescribedBody(typeof(T), IsRequired: false, examples));

    /// <typeparam name="T">The schema of the answer's body.</typeparam>
    public static RouteHandlerBuilder Answers<T>(
        this RouteHandlerBuilder endpoint, string description, string contentType = Json, int status = StatusCodes.Status200OK) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [contentType]) { Description = description });

    /// <summary>The errors of the endpoint itself. Those that every endpoint with a permission may answer are added.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ErrorCode[] errors) =>
        endpoint.WithMetadata(new DescribedErrors(errors));

    /// <summary>The endpoint works, and there is a better one.</summary>
    public static RouteHandlerBuilder IsDeprecated(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new DeprecatedOperation());
}

internal sealed record DescribedOperation(string Id);

internal sealed record DeprecatedOperation;

internal sealed record DescribedParameter(string Name, Type Schema, string Description, bool IsHeader);

internal sealed record QueryExample(string Query);

internal sealed record DescribedBody(Type Schema, bool IsRequired, IReadOnlyList<(string Name, string Value)> Examples);

internal sealed record DescribedErrors(IReadOnlyList<ErrorCode> Errors);
