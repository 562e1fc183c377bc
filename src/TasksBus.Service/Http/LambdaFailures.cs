using TasksBus.Contracts;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Service.Http;

/// <summary>What callers who wait for an invocation see of its error.</summary>
internal static class LambdaFailures
{
    private const string NotFound = "ResourceNotFoundException";
    private const string NotShown = "NotShown";

    /// <summary>
    /// The part of an error that a caller may see. What Lambda and this server say of an invocation contains accounts, roles and addresses.
    /// Only callers who may view what is stored see that. What the function itself says is for its callers.
    /// </summary>
    /// <param name="isItsOwn">True when the function itself says it.</param>
    /// <param name="permission">The permission to view what is stored.</param>
    public static TaskError ToldTo(Caller caller, TaskError error, bool isItsOwn, string permission) =>
        isItsOwn || caller.May(permission)
            || error.Name is TaskErrorNames.TimeLimitExceeded or TaskErrorNames.FunctionDisabled or TaskErrorNames.ZombieTaskCleaned ? error
        : error with { Name = NotShown, Message = $"Callers with the permission {permission} find the reason in what is stored of it." };

    /// <summary>Makes the answer of an error.</summary>
    /// <param name="code">The code from <see cref="CodeOf"/>, or a code whose message is that of the error.</param>
    /// <param name="error">The part of the error that the caller may see.</param>
    /// <param name="taskId">The failed task; null when no task was made.</param>
    public static IResult Result(ErrorCode code, TaskError error, string? taskId = null)
    {
        var message = code == ErrorCode.InvalidApiFunctionResult || code == ErrorCode.ApiFunctionTimeLimit ? error.Message : WordsOf(error);
        var runtimeError = code == ErrorCode.LambdaRuntime ? new { error.Name, error.Message } : null;
        return Results.Json(
            new { code = code.Code, name = code.Name, message, taskId, runtimeError }, JsonOutput.Objects, statusCode: code.HttpStatus);
    }

    /// <param name="error">An error of type invocation or runtime.</param>
    /// <param name="isManaged">True when the function is managed here. A function that is not, and that is not in Lambda either, is
    /// unknown.</param>
    public static ErrorCode CodeOf(TaskError error, bool isManaged) =>
        error.Type == TaskErrorTypes.Runtime ? ErrorCode.LambdaRuntime
        : error.Name == NotFound && !isManaged ? ErrorCode.ResourceUnknown
        : ErrorCode.LambdaInvocation;

    private static string WordsOf(TaskError error) =>
        $"The function {(error.Type == TaskErrorTypes.Runtime ? "failed" : "could not be invoked")}"
        + $"{(error.Name == NotShown ? "." : $": {error.Name}:")} {error.Message}";
}
