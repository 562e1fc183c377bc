using Microsoft.AspNetCore.Http.Features;
using TasksBus.Contracts;
using TasksBus.Service.Http;

namespace TasksBus.AspNetCore.Hosting;

/// <summary>Hands requests from the application's endpoint to the API, and gives them back as they were.</summary>
internal sealed class EmbeddedApi(TasksBusBuilder tasks, EmbeddedService service)
{
    private const string RetryAfterSeconds = "2";

    public async Task AnswerAsync(HttpContext context)
    {
        if (service.Now is not { } now)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await HttpApi.Refuse(
                context, ErrorCode.ServiceUnreachable,
                service.IsReplaced ? "The harness of a test runs the tasks here, and it has no HTTP API. Use ITaskClient or the harness."
                    : "TasksBus waits for its database; try again in a moment.");
            return;
        }

        var endpoint = (RouteEndpoint)context.GetEndpoint()!;
        if (TasksBusEndpoint.IsGuarded(endpoint))
        {
            HttpApi.Admit(context, context.User, tasks.Permissions(context.User));
        }

        // The last segment of the pattern is the rest of the path.
        var (start, rest) = Split(context.Request.Path, endpoint.RoutePattern.PathSegments.Count - 1);
        var (request, user, values, services) =
            (context.Request, context.User, context.Request.RouteValues, context.Features.Get<IServiceProvidersFeature>());
        var (path, pathBase) = (request.Path, request.PathBase);
        await using RequestServicesFeature scope = new(context, now.Services.GetRequiredService<IServiceScopeFactory>());
        (request.Path, request.PathBase, request.RouteValues) = (rest, pathBase + start, []);
        context.Features.Set<IServiceProvidersFeature>(scope);
        context.SetEndpoint(null);
        try
        {
            await now.Answer(context);
        }
        finally
        {
            (request.Path, request.PathBase, request.RouteValues, context.User) = (path, pathBase, values, user);
            context.Features.Set(services);
            context.SetEndpoint(endpoint);
        }
    }

    /// <summary>Divides a path after a number of segments.</summary>
    private static (PathString Start, PathString Below) Split(PathString path, int segments)
    {
        var text = path.Value ?? "";
        var end = 0;
        for (; segments > 0; segments--)
        {
            end = text.IndexOf('/', end + 1) is var slash and > 0 ? slash : text.Length;
        }

        return (text[..end], end == text.Length ? "/" : text[end..]);
    }
}
