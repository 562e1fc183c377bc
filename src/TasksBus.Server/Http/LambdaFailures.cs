using TasksBus.Contracts;
using TasksBus.Server.Http.Authentication;

namespace TasksBus.Server.Http;

/// <summary>What an error of an invocation is to callers who wait for its answer.</summary>
internal static class LambdaFailures
{
    private const string NotFound = "ResourceNotFoundException";
    private const string NotShown = "NotShown";

    /// <summary>
    /// The error as a caller may know it. What Lambda and this server say of an invocation names accounts, roles and addresses: that is for
    /// those who may view what is stored of it. What the function itself says is for its callers.
    /// </summary>
    /// <param name="isItsOwn">Whether the function itself says it.</param>
    /// <param name="permission">What lets a caller view what is stored.</param>
    public static TaskError ToldTo(Caller caller, TaskError error, bool isItsOwn, string permission) =>
        isItsOwn || caller.May(permission)
            || error.Name is TaskErrorNames.TimeLimitExceeded or TaskErrorNames.FunctionDisabled or TaskErrorNames.ZombieTaskCleaned ? error
        : error with { Name = NotShown, Message = $"Callers with the permission {permission} find the reason in what is stored of it." };

    /// <summary>The error as an answer.</summary>
    /// <param name="code">As of <see cref="CodeOf"/>, or one whose message says all.</param>
    /// <param name="error">As the caller may know it.</param>
    /// <param name="taskId">The task that ended so, where one was made.</param>
    public static IResult Result(ErrorCode code, TaskError error, string? taskId = null)
    {
        var message = code == ErrorCode.InvalidApiFunctionResult || code == ErrorCode.ApiFunctionTimeLimit ? error.Message : WordsOf(error);
        var runtimeError = code == ErrorCode.LambdaRuntime ? new { error.Name, error.Message } : null;
        return Results.Json(
            new { code = code.Code, name = code.Name, message, taskId, runtimeError }, JsonOutput.Objects, statusCode: code.HttpStatus);
    }

    /// <param name="error">Of type invocation or runtime.</param>
    /// <param name="isManaged">Whether the function is managed here: one that is not, and not in Lambda either, is unknown.</param>
    public static ErrorCode CodeOf(TaskError error, bool isManaged) =>
        error.Type == TaskErrorTypes.Runtime ? ErrorCode.LambdaRuntime
        : error.Name == NotFound && !isManaged ? ErrorCode.ResourceUnknown
        : ErrorCode.LambdaInvocation;

    private static string WordsOf(TaskError error) =>
        $"The function {(error.Type == TaskErrorTypes.Runtime ? "failed" : "could not be invoked")}"
        + $"{(error.Name == NotShown ? "." : $": {error.Name}:")} {error.Message}";
}
