using TasksBus.Contracts;

namespace TasksBus.Service.OpenApi;

/// <summary>The meaning of each error, for readers of the document.</summary>
internal static class ErrorDescriptions
{
    private static readonly Dictionary<ErrorCode, string> s_texts = new()
    {
        [ErrorCode.ServerException] = "The server failed; its log says why.",
        [ErrorCode.ServiceUnreachable] = "The database, or Lambda where functions are managed, cannot be reached now; try again.",
        [ErrorCode.NoPermission] = "The caller lacks the permission.",
        [ErrorCode.IdFormat] = "The id is not 24 hex digits.",
        [ErrorCode.EmptyBody] = "A body is needed.",
        [ErrorCode.MissingRequiredFields] = "A required field is missing.",
        [ErrorCode.FieldFormat] = "A field or header is not of its form.",
        [ErrorCode.DataTooLarge] = "The data is beyond what Lambda takes, or the body beyond what the server takes.",
        [ErrorCode.ResourceUnknown] = "There is no such resource.",
        [ErrorCode.ResourceAlreadyExists] = "A resource of that name, or another task under that key or id, exists.",
        [ErrorCode.InvalidRql] = "The query string is not understood.",
        [ErrorCode.BodyFormat] = "The body is not a JSON object in UTF-8.",
        [ErrorCode.IllegalState] = "The resource's state does not allow it.",
        [ErrorCode.UserNotAuthenticated] = "An API key, or a token of the issuer that the server trusts, is needed.",
        [ErrorCode.AccessTokenUnknown] = "The key or token is not known.",
        [ErrorCode.AccessTokenExpired] = "The key or token has expired.",
        [ErrorCode.TooManyFailedAttempts] =
            "Too many keys or tokens that are not valid came from this address; Retry-After says how long to "
            + "wait. A valid one is let in at once.",
        [ErrorCode.InvalidFunctionCode] = "The code cannot be deployed.",
        [ErrorCode.InvalidFunctionConfiguration] = "The configuration is not one that Lambda takes.",
        [ErrorCode.InvalidFunctionName] = "No name for a managed function.",
        [ErrorCode.NoTaskLogsFound] = "The task has run and left no log.",
        [ErrorCode.EmptyRql] = "The query string must say what is asked for.",
        [ErrorCode.ConcurrentExecutionLimit] = "Too many functions are executed directly in this process now; try again.",
        [ErrorCode.TimeLimitExceedsDirectExecutionMaximum] = "A function that may run for more than 30 seconds is not executed directly.",
        [ErrorCode.LambdaInvocation] = "The function could not be invoked, or is disabled.",
        [ErrorCode.LambdaRuntime] = "The function threw, or did not answer in time.",
        [ErrorCode.InvalidApiFunctionResult] = "What the function returned is no answer to a request.",
        [ErrorCode.ApiFunctionTimeLimit] = "The function did not answer within 30 seconds, or the body did not arrive in that time.",
        [ErrorCode.ConcurrentApiFunctionLimit] = "Too many requests are answered by functions in this process now; try again.",
        [ErrorCode.NoApiRequestLogsFound] = "The function left no log of the request.",
    };

    /// <summary>The errors that every endpoint with a permission may answer besides its own.</summary>
    public static IReadOnlyList<ErrorCode> OfEveryGuardedEndpoint { get; } =
    [
        ErrorCode.UserNotAuthenticated, ErrorCode.AccessTokenUnknown, ErrorCode.AccessTokenExpired, ErrorCode.NoPermission,
        ErrorCode.TooManyFailedAttempts, ErrorCode.ServerException, ErrorCode.ServiceUnreachable,
    ];

    public static string Of(ErrorCode error) => s_texts[error];
}
