using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A request that an API function was to answer.</summary>
/// <param name="Path">What follows the function's name, with the query and without the slash before it.</param>
/// <param name="StatusCode">Of the answer that the caller got.</param>
/// <param name="Timestamp">When it came.</param>
/// <param name="Duration">Until its answer was there.</param>
/// <param name="Error">What went wrong, if anything: type invocation, runtime or response.</param>
/// <param name="Log">What its function printed.</param>
public sealed record ApiRequest(
    TaskId Id, string FunctionName, string Method, string Path, string? UserId, string? ApplicationId, int StatusCode, DateTimeOffset Timestamp,
    TimeSpan Duration, TaskError? Error, TaskLog? Log);
