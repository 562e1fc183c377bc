using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A request to an API function.</summary>
/// <param name="Path">The path after the function's name, with the query and without the slash before it.</param>
/// <param name="StatusCode">The status code of the answer that the caller got.</param>
/// <param name="Timestamp">When it came.</param>
/// <param name="Duration">The time until its answer was there.</param>
/// <param name="Error">The failure, if any, of type invocation, runtime or response.</param>
/// <param name="Log">What its function printed.</param>
public sealed record ApiRequest(
    TaskId Id, string FunctionName, string Method, string Path, string? UserId, string? ApplicationId, int StatusCode,
    DateTimeOffset Timestamp,
    TimeSpan Duration, TaskError? Error, TaskLog? Log);
