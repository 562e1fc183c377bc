using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>The tasks of one function that failed with one error.</summary>
/// <param name="ErrorName">The name of the error. Empty when it has none.</param>
/// <param name="LatestId">The task that failed last.</param>
/// <param name="LatestAt">When it failed.</param>
/// <param name="Message">What its error said.</param>
public sealed record FailureGroup(
    string FunctionName, string ErrorName, int Count, TaskId LatestId, DateTimeOffset LatestAt, string? Message);
