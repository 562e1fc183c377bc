using MassTransit;
using TasksBus.RabbitMq;
using TasksBus.Server.OpenApi;
using TasksBus.Server.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>Endpoints for probes: live means that the process answers, ready that it can do its work.</summary>
internal static class HealthEndpoints
{
    private const string PlainText = "text/plain";

    public static void MapHealth(this IEndpointRouteBuilder app, Roles roles)
    {
        app.MapGet("/health/live", static () => Results.Text("live")).AllowAnonymous()
            .Describe(Tags.Health, "live", "Check liveness")
            .Answers<LiveSchema>("The process answers.", PlainText);
        app.MapGet("/health/ready", async (ITaskReader store, IBusControl bus, CancellationToken cancellationToken) =>
        {
            try
            {
                // Any read will do.
                await store.LookAsync([default], withInput: false, cancellationToken);
            }
            catch (StoreUnavailableException)
            {
                return Results.Text("the database cannot be reached", statusCode: StatusCodes.Status503ServiceUnavailable);
            }

            // Tasks are accepted over HTTP whatever the broker does. Only a process whose work needs the broker is not ready without it.
            var health = BusHealth.Of(bus);
            return health.IsHealthy ? Results.Text("ready")
                : health.NotTaken.Count > 0 ? Not(
                    roles, $"nothing is taken from {string.Join(", ", health.NotTaken)}", "tasks are accepted over HTTP")
                : Not(roles, "the broker cannot be reached", "tasks are accepted and wait");
        }).AllowAnonymous()
            .Describe(Tags.Health, "ready", "Check readiness")
            .Answers<string>("The process can do its work, or it accepts tasks while the broker is away.", PlainText)
            .Answers<string>(
                "The process cannot do its work; the text says what is missing.", PlainText, StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Not(Roles roles, string trouble, string allTheSame) =>
        roles.HasFlag(Roles.Api) ? Results.Text($"ready, but {trouble}: {allTheSame}")
            : Results.Text(trouble, statusCode: StatusCodes.Status503ServiceUnavailable);
}
