using System.Text;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>A page of log lines, oldest first.</summary>
internal static class LogPage
{
    /// <summary>A header of the answer: Lambda's id of the invocation, for searching its log group in CloudWatch.</summary>
    public const string RequestIdHeader = "X-Lambda-Request-Id";

    /// <summary>A page of one log.</summary>
    /// <param name="none">The error when nothing was printed.</param>
    public static IResult Of(TaskLog log, LogQuery query, ErrorCode none, string message)
    {
        var answer = log.Text.Length == 0 ? ApiErrors.Result(none, message) : Page(LogLines.Read(log), query);
        return log.RequestId is { } id ? new WithHeader(answer, id) : answer;
    }

    /// <summary>A page of several logs.</summary>
    public static IResult Of(IEnumerable<TaskLog> logs, LogQuery query) =>
        Page(logs.SelectMany(LogLines.Read).OrderBy(static line => line.Timestamp), query);

    private static IResult Page(IEnumerable<(string Message, DateTimeOffset Timestamp)> lines, LogQuery query) => ApiAnswers.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WritePage(null, query.Offset, query.Limit);
        writer.WriteStartArray("data"u8);
        var asked = lines.Where(line => query.Includes(line.Timestamp)).Skip((int)Math.Min(query.Offset, int.MaxValue)).Take(query.Limit);
        foreach (var (message, timestamp) in asked)
        {
            writer.WriteStartObject();
            writer.WriteString("message"u8, message);
            writer.WriteTime(Encoding.UTF8.GetBytes(query.Property), timestamp);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private sealed class WithHeader(IResult answer, string requestId) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            // The id comes from an answer over the network, and a header allows fewer characters than a text.
            if (requestId.All(static letter => letter is >= '!' and <= '~'))
            {
                httpContext.Response.Headers[RequestIdHeader] = requestId;
            }

            return answer.ExecuteAsync(httpContext);
        }
    }
}
