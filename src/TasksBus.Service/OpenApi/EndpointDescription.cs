using Microsoft.AspNetCore.Mvc.ModelBinding;
using TasksBus.Contracts;

namespace TasksBus.Service.OpenApi;

/// <summary>Describes an endpoint for the document, beside its route. None of it changes what the endpoint does.</summary>
internal static class EndpointDescription
{
    private const string Json = "application/json";

    /// <param name="id">The name for programs. If there are several methods, the name and the summary of each operation end with the
    /// method.</param>
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
        endpoint.WithMetadata(new DescribedParameter(name, typeof(T), description, BindingSource.Path));

    /// <summary>A parameter in the path, for those endpoints of a group whose path has one of this name.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteGroupBuilder TakesPath<T>(this RouteGroupBuilder group, string name, string description) =>
        group.WithMetadata(new DescribedParameter(name, typeof(T), description, BindingSource.Path));

    /// <summary>A header that callers may send.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteHandlerBuilder TakesHeader<T>(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.WithMetadata(new DescribedParameter(name, typeof(T), description, BindingSource.Header));

    /// <summary>A parameter of the query string that callers may send.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteHandlerBuilder TakesQuery<T>(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.WithMetadata(new DescribedParameter(name, typeof(T), description, BindingSource.Query));

    /// <summary>A query string for the sample call.</summary>
    public static RouteHandlerBuilder WithQueryExample(this RouteHandlerBuilder endpoint, string query) =>
        endpoint.WithMetadata(new QueryExample(query));

    /// <summary>
    /// The body. The endpoint reads it itself, whatever its content type is. .NET's own method, <c>Accepts</c>, would refuse other content
    /// types.
    /// </summary>
    /// <typeparam name="T">Its schema.</typeparam>
    /// <param name="examples">Names and JSON texts of bodies that work.</param>
    public static RouteHandlerBuilder TakesBody<T>(this RouteHandlerBuilder endpoint, params (string Name, string Value)[] examples) =>
        endpoint.WithMetadata(new DescribedBody(typeof(T), IsRequired: true, examples));

    /// <summary>A body that is optional.</summary>
    /// <typeparam name="T">Its schema.</typeparam>
    public static RouteHandlerBuilder MayTakeBody<T>(this RouteHandlerBuilder endpoint, params (string Name, string Value)[] examples) =>
        endpoint.WithMetadata(new DescribedBody(typeof(T), IsRequired: false, examples));

    /// <typeparam name="T">The schema of the answer's body.</typeparam>
    public static RouteHandlerBuilder Answers<T>(
        this RouteHandlerBuilder endpoint, string description, string contentType = Json, int status = StatusCodes.Status200OK) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [contentType]) { Description = description });

    /// <summary>The endpoint's own errors. The errors of every endpoint with a permission are added.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ErrorCode[] errors) =>
        endpoint.WithMetadata(new DescribedErrors(errors));

    /// <summary>Marks an endpoint that works, but has a better alternative.</summary>
    public static RouteHandlerBuilder IsDeprecated(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new DeprecatedOperation());
}

internal sealed record DescribedOperation(string Id);

internal sealed record DeprecatedOperation;

internal sealed record DescribedParameter(string Name, Type Schema, string Description, BindingSource Source);

internal sealed record QueryExample(string Query);

internal sealed record DescribedBody(Type Schema, bool IsRequired, IReadOnlyList<(string Name, string Value)> Examples);

internal sealed record DescribedErrors(IReadOnlyList<ErrorCode> Errors);
