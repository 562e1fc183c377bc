using System.Text.Json;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;

namespace TasksBus.Service.Http;

/// <summary>Endpoints for probes: live means that the process answers, ready that it can do its work.</summary>
internal static class HealthEndpoints
{
    private const string PlainText = "text/plain";

    private const string HealthDescription =
        "The same as `/health/ready`, for programs, with the version of the process, its roles, and the state of each thing that it needs.";

    private static readonly Roles[] s_roles = [Roles.Api, Roles.Dispatcher, Roles.Worker];

    private static readonly string s_version = typeof(HealthEndpoints).Assembly.GetName().Version!.ToString(3);

    public static void MapHealth(this IEndpointRouteBuilder app, Roles roles)
    {
        app.MapGet("/health/live", static () => Results.Text("live")).AllowAnonymous()
            .Describe(Tags.Health, "live", "Check liveness")
            .Answers<LiveSchema>("The process answers.", PlainText);
        app.MapGet("/health/ready", async (IServiceProvider services, CancellationToken cancellationToken) =>
        {
            var health = await ProcessHealth.OfAsync(roles, services, cancellationToken);
            return Results.Text(health.Word, statusCode: StatusOf(health));
        }).AllowAnonymous()
            .Describe(Tags.Health, "ready", "Check readiness")
            .Answers<string>("The process can do its work, or it accepts tasks while the broker is away.", PlainText)
            .Answers<string>(
                "The process cannot do its work; the text says what is missing.", PlainText, StatusCodes.Status503ServiceUnavailable);
        app.MapGet("/health", async (IServiceProvider services, CancellationToken cancellationToken) =>
        {
            var health = await ProcessHealth.OfAsync(roles, services, cancellationToken);
            return Results.Text(
                JsonOutput.ToBytes(writer => Write(writer, health)).Span, ApiAnswers.ContentType, StatusOf(health));
        }).AllowAnonymous()
            .Describe(Tags.Health, "health", "Get the health of a process", HealthDescription)
            .Answers<HealthSchema>("The process can do its work, or it accepts tasks while the broker is away.")
            .Answers<HealthSchema>("The process cannot do its work.", status: StatusCodes.Status503ServiceUnavailable);
    }

    private static int StatusOf(ProcessHealth health) =>
        health.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;

    private static void Write(Utf8JsonWriter writer, ProcessHealth health)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, health.IsReady ? "ready"u8 : "notReady"u8);
        writer.WriteString("message"u8, health.Word);
        writer.WriteString("version"u8, s_version);
        writer.WriteTexts(
            "roles"u8, [.. s_roles.Where(role => health.Roles.HasFlag(role)).Select(static role => role.ToString().ToLowerInvariant())]);
        writer.WriteString("database"u8, health.Database ?? "available");
        writer.WriteString("broker"u8, health.Broker ?? "available");
        if (health.Leads is { } leads)
        {
            writer.WriteString("dispatcher"u8, leads ? "leads"u8 : "standsBy"u8);
        }

        if (health.TakesTasks is { } takesTasks)
        {
            writer.WriteString("worker"u8, takesTasks ? "takesTasks"u8 : "takesNone"u8);
        }

        writer.WriteEndObject();
    }
}
