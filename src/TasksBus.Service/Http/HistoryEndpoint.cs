using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Service.Operations;

namespace TasksBus.Service.Http;

/// <summary>What happened to tasks over time: <c>/tasks/v1/history</c>. It is not in the original API.</summary>
internal static class HistoryEndpoint
{
    private const string SpanName = "span";
    private const string FunctionName = "function";
    private const string DefaultSpan = "1h";

    private const string Description =
        "Processes count what happens, by the minute and by function, and store it every ten seconds. It is kept by minutes for two days, "
        + "and by hours for 30 days. Times are read from buckets, so they are exact to a bucket.";

    public static void MapHistory(this IEndpointRouteBuilder app) =>
        app.MapGet("/tasks/v1/history", GetAsync)
            .RequirePermission(Permissions.ViewSystemStatus)
            .Describe(Tags.Status, "getHistory", "Get what happened to tasks over time", Description)
            .TakesQuery<SpanSchema>(SpanName, $"How far back. Default: {DefaultSpan}.")
            .TakesQuery<FunctionNameSchema>(FunctionName, "A function that is managed or has a pool. Default: all functions together.")
            .WithQueryExample("span=24h")
            .Answers<HistorySchema>("The counts, in steps from the oldest to the newest, which is not over yet.")
            .Refuses(ErrorCode.FieldFormat);

    private static async Task<IResult> GetAsync(HttpRequest request, Caller caller, HistoryOperations operations)
    {
        RequestQuery.RequireKnown(request.Query, SpanName, FunctionName);
        var (span, function) = (request.Query[SpanName], request.Query[FunctionName]);
        var history = await operations.ReadAsync(
            caller, span.Count == 0 ? DefaultSpan : span.ToString(), function.Count == 0 ? null : function.ToString(),
            request.HttpContext.RequestAborted);
        return ApiAnswers.Json(writer => Write(writer, history));
    }

    private static void Write(Utf8JsonWriter writer, TaskHistory history)
    {
        writer.WriteStartObject();
        writer.WriteString("span"u8, history.Span);
        writer.WriteNumber("step"u8, (long)history.Step.TotalSeconds);
        writer.WriteStartArray("points"u8);
        foreach (var (at, counts) in history.Points)
        {
            writer.WriteStartObject();
            writer.WriteTime("timestamp"u8, at);
            writer.WriteNumber("accepted"u8, counts.Accepted);
            writer.WriteNumber("complete"u8, counts.Complete);
            writer.WriteNumber("failed"u8, counts.Failed);
            writer.WriteNumber("retried"u8, counts.Retried);
            writer.WriteNumber("canceled"u8, counts.Canceled);
            WriteTimes(writer, "startDelay", counts.DelayOf);
            WriteTimes(writer, "duration", counts.RunOf);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter writer, string name, Func<double, TimeSpan?> of)
    {
        if (of(0.5) is not { } median)
        {
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteNumber("p50"u8, Seconds(median));
        writer.WriteNumber("p95"u8, Seconds(of(0.95)!.Value));
        writer.WriteNumber("p99"u8, Seconds(of(0.99)!.Value));
        writer.WriteEndObject();
    }

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 4);
}
