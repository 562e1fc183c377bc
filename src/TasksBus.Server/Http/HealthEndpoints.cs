using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>For probes, which have no key: live says that the process answers, ready that it can take tasks.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", static () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", static async (ITaskStore store, CancellationToken cancellationToken) =>
        {
            try
            {
                await store.WorkersAsync(cancellationToken);
                return Results.Text("ready");
            }
            catch (StoreUnavailableException)
            {
                return Results.Text("the database cannot be reached", statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        }).AllowAnonymous();
    }
}
