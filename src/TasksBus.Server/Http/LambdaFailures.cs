using TasksBus.Contracts;

namespace TasksBus.Server.Http;

/// <summary>What an error of an invocation is to callers who wait for its answer.</summary>
internal static class LambdaFailures
{
    private const string NotFound = "ResourceNotFoundException";

    /// <param name="error">Of type invocation or runtime.</param>
    /// <param name="isManaged">Whether the function is managed here: one that is not, and not in Lambda either, is unknown.</param>
    public static ErrorCode CodeOf(TaskError error, bool isManaged) =>
        error.Type == TaskErrorTypes.Runtime ? ErrorCode.LambdaRuntime
        : error.Name == NotFound && !isManaged ? ErrorCode.ResourceUnknown
        : ErrorCode.LambdaInvocation;
}
