namespace TasksBus.Contracts;

/// <summary>An error of the HTTP API: stable code and name, with the HTTP status that carries them.</summary>
/// <param name="Code">Stable number.</param>
/// <param name="HttpStatus">The answer's status code.</param>
/// <param name="Name">Stable name.</param>
public sealed record ErrorCode(int Code, int HttpStatus, string Name)
{
    /// <summary>A fault in the server.</summary>
    public static readonly ErrorCode ServerException = new(1, 500, "SERVER_EXCEPTION");

    /// <summary>An endpoint does not know the request's method.</summary>
    public static readonly ErrorCode Endpoint = new(2, 405, "ENDPOINT_EXCEPTION");

    /// <summary>The database, or Lambda where functions are managed, cannot be reached.</summary>
    public static readonly ErrorCode ServiceUnreachable = new(4, 503, "SERVICE_UNREACHABLE_EXCEPTION");

    /// <summary>The caller may not do this.</summary>
    public static readonly ErrorCode NoPermission = new(10, 401, "NO_PERMISSION_EXCEPTION");

    /// <summary>An id that is not 24 hex digits.</summary>
    public static readonly ErrorCode IdFormat = new(12, 400, "ID_FORMAT_EXCEPTION");

    /// <summary>A body is needed.</summary>
    public static readonly ErrorCode EmptyBody = new(13, 400, "EMPTY_BODY_EXCEPTION");

    /// <summary>A required field is missing.</summary>
    public static readonly ErrorCode MissingRequiredFields = new(14, 400, "MISSING_REQUIRED_FIELDS_EXCEPTION");

    /// <summary>A field's value is not of the field's form.</summary>
    public static readonly ErrorCode FieldFormat = new(15, 400, "FIELD_FORMAT_EXCEPTION");

    /// <summary>More than 6 MB of data: code 15 with status 413.</summary>
    public static readonly ErrorCode DataTooLarge = FieldFormat with { HttpStatus = 413 };

    /// <summary>No such resource.</summary>
    public static readonly ErrorCode ResourceUnknown = new(16, 404, "RESOURCE_UNKNOWN_EXCEPTION");

    /// <summary>A resource of that name exists.</summary>
    public static readonly ErrorCode ResourceAlreadyExists = new(17, 400, "RESOURCE_ALREADY_EXISTS_EXCEPTION");

    /// <summary>The query string does not parse.</summary>
    public static readonly ErrorCode InvalidRql = new(19, 400, "INVALID_RQL_EXCEPTION");

    /// <summary>The query string must say something.</summary>
    public static readonly ErrorCode EmptyRql = new(20, 400, "EMPTY_RQL_EXCEPTION");

    /// <summary>The body is not JSON of the expected form.</summary>
    public static readonly ErrorCode BodyFormat = new(22, 400, "BODY_FORMAT_EXCEPTION");

    /// <summary>The resource's state does not allow it.</summary>
    public static readonly ErrorCode IllegalState = new(27, 400, "ILLEGAL_STATE_EXCEPTION");

    /// <summary>Who calls is not said.</summary>
    public static readonly ErrorCode UserNotAuthenticated = new(104, 401, "USER_NOT_AUTHENTICATED_EXCEPTION");

    /// <summary>The caller's token is not known.</summary>
    public static readonly ErrorCode AccessTokenUnknown = new(117, 401, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");

    /// <summary>The caller's token was valid, and is no more.</summary>
    public static readonly ErrorCode AccessTokenExpired = new(118, 401, "ACCESS_TOKEN_EXPIRED_EXCEPTION");

    /// <summary>Too many tokens that are not valid came from the caller's address.</summary>
    public static readonly ErrorCode TooManyFailedAttempts = new(213, 429, "TOO_MANY_FAILED_ATTEMPTS_EXCEPTION");

    /// <summary>A function's code cannot be deployed.</summary>
    public static readonly ErrorCode InvalidFunctionCode = new(1401, 400, "INVALID_FUNCTION_CODE_EXCEPTION");

    /// <summary>A function's configuration is not one that Lambda takes.</summary>
    public static readonly ErrorCode InvalidFunctionConfiguration = new(1402, 400, "INVALID_FUNCTION_CONFIGURATION_EXCEPTION");

    /// <summary>As many functions are executed directly as may be at once.</summary>
    public static readonly ErrorCode ConcurrentExecutionLimit = new(1403, 400, "CONCURRENT_EXECUTION_LIMIT_EXCEPTION");

    /// <summary>The function may run longer than one that is executed directly may.</summary>
    public static readonly ErrorCode TimeLimitExceedsDirectExecutionMaximum = new(1404, 400, "TIME_LIMIT_EXCEEDS_DIRECT_EXECUTION_MAXIMUM_EXCEPTION");

    /// <summary>The function could not be invoked.</summary>
    public static readonly ErrorCode LambdaInvocation = new(1405, 400, "LAMBDA_INVOCATION_EXCEPTION");

    /// <summary>The function failed.</summary>
    public static readonly ErrorCode LambdaRuntime = new(1406, 400, "LAMBDA_RUNTIME_EXCEPTION");

    /// <summary>No name for a managed function.</summary>
    public static readonly ErrorCode InvalidFunctionName = new(1407, 400, "INVALID_FUNCTION_NAME_EXCEPTION");

    /// <summary>The task has run and left no log.</summary>
    public static readonly ErrorCode NoTaskLogsFound = new(1408, 400, "NO_TASK_LOGS_FOUND");

    /// <summary>An API function's answer is none that can be passed on.</summary>
    public static readonly ErrorCode InvalidApiFunctionResult = new(1409, 400, "INVALID_API_FUNCTION_RESULT");

    /// <summary>An API function gave no answer in time.</summary>
    public static readonly ErrorCode ApiFunctionTimeLimit = new(1411, 400, "API_FUNCTION_MAXIMUM_TIME_LIMIT");

    /// <summary>As many API functions run as may at once.</summary>
    public static readonly ErrorCode ConcurrentApiFunctionLimit = new(1412, 400, "CONCURRENT_API_FUNCTION_LIMIT_EXCEPTION");

    /// <summary>The API request left no log.</summary>
    public static readonly ErrorCode NoApiRequestLogsFound = new(1413, 400, "NO_API_REQUEST_LOGS_FOUND");
}
