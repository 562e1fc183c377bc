using MassTransit;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>For probes: live says that the process answers, ready that it can do its work.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app, Roles roles)
    {
        app.MapGet("/health/live", static () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", async (ITaskStore store, IBusControl bus, CancellationToken cancellationToken) =>
        {
            try
            {
                // Any look will do.
                await store.LookAsync([default], withInput: false, cancellationToken);
            }
            catch (StoreUnavailableException)
            {
                return Results.Text("the database cannot be reached", statusCode: StatusCodes.Status503ServiceUnavailable);
            }

            // Tasks are taken in over HTTP whatever the broker does; only a process that lives by it is not ready without it.
            // Degraded is what an outage looks like: the bus's own endpoint, which is not used, stays healthy.
            return bus.CheckHealth().Status == BusHealthStatus.Healthy ? Results.Text("ready")
                : roles.HasFlag(Roles.Api) ? Results.Text("ready, but the broker cannot be reached: tasks are accepted and wait")
                : Results.Text("the broker cannot be reached", statusCode: StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous();
    }
}
