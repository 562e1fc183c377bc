using System.Globalization;
using System.Text.RegularExpressions;

namespace TasksBus.Contracts;

/// <summary>An error of the HTTP API: a stable code and name, and the HTTP status of the answer.</summary>
/// <param name="Code">The stable number.</param>
/// <param name="HttpStatus">The answer's status code.</param>
/// <param name="Name">The stable name.</param>
public sealed record ErrorCode(int Code, int HttpStatus, string Name)
{
    /// <summary>A fault in the server.</summary>
    public static readonly ErrorCode ServerException = new(1, 500, "SERVER_EXCEPTION");

    /// <summary>The endpoint does not support the request's method.</summary>
    public static readonly ErrorCode Endpoint = new(2, 405, "ENDPOINT_EXCEPTION");

    /// <summary>The database cannot be reached, or Lambda when the request needs it.</summary>
    public static readonly ErrorCode ServiceUnreachable = new(4, 503, "SERVICE_UNREACHABLE_EXCEPTION");

    /// <summary>The caller may not do this.</summary>
    public static readonly ErrorCode NoPermission = new(10, 401, "NO_PERMISSION_EXCEPTION");

    /// <summary>An id does not consist of 24 hex digits.</summary>
    public static readonly ErrorCode IdFormat = new(12, 400, "ID_FORMAT_EXCEPTION");

    /// <summary>The request needs a body.</summary>
    public static readonly ErrorCode EmptyBody = new(13, 400, "EMPTY_BODY_EXCEPTION");

    /// <summary>A required field is missing.</summary>
    public static readonly ErrorCode MissingRequiredFields = new(14, 400, "MISSING_REQUIRED_FIELDS_EXCEPTION");

    /// <summary>A field's value does not have the required form.</summary>
    public static readonly ErrorCode FieldFormat = new(15, 400, "FIELD_FORMAT_EXCEPTION");

    /// <summary>More than 6 MB of data: code 15 with status 413.</summary>
    public static readonly ErrorCode DataTooLarge = FieldFormat with { HttpStatus = 413 };

    /// <summary>The resource does not exist.</summary>
    public static readonly ErrorCode ResourceUnknown = new(16, 404, "RESOURCE_UNKNOWN_EXCEPTION");

    /// <summary>A resource of that name exists.</summary>
    public static readonly ErrorCode ResourceAlreadyExists = new(17, 400, "RESOURCE_ALREADY_EXISTS_EXCEPTION");

    /// <summary>The query string does not parse.</summary>
    public static readonly ErrorCode InvalidRql = new(19, 400, "INVALID_RQL_EXCEPTION");

    /// <summary>The query string must not be empty.</summary>
    public static readonly ErrorCode EmptyRql = new(20, 400, "EMPTY_RQL_EXCEPTION");

    /// <summary>The body is not JSON of the expected form.</summary>
    public static readonly ErrorCode BodyFormat = new(22, 400, "BODY_FORMAT_EXCEPTION");

    /// <summary>The resource's state does not allow it.</summary>
    public static readonly ErrorCode IllegalState = new(27, 400, "ILLEGAL_STATE_EXCEPTION");

    /// <summary>The request does not say who calls.</summary>
    public static readonly ErrorCode UserNotAuthenticated = new(104, 401, "USER_NOT_AUTHENTICATED_EXCEPTION");

    /// <summary>The caller's token is not known.</summary>
    public static readonly ErrorCode AccessTokenUnknown = new(117, 401, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");

    /// <summary>The caller's token was valid, but is not any more.</summary>
    public static readonly ErrorCode AccessTokenExpired = new(118, 401, "ACCESS_TOKEN_EXPIRED_EXCEPTION");

    /// <summary>Too many invalid tokens came from the caller's address.</summary>
    public static readonly ErrorCode TooManyFailedAttempts = new(213, 429, "TOO_MANY_FAILED_ATTEMPTS_EXCEPTION");

    /// <summary>A function's code cannot be deployed.</summary>
    public static readonly ErrorCode InvalidFunctionCode = new(1401, 400, "INVALID_FUNCTION_CODE_EXCEPTION");

    /// <summary>Lambda does not accept the function's configuration.</summary>
    public static readonly ErrorCode InvalidFunctionConfiguration = new(1402, 400, "INVALID_FUNCTION_CONFIGURATION_EXCEPTION");

    /// <summary>The limit of direct executions at the same time is reached.</summary>
    public static readonly ErrorCode ConcurrentExecutionLimit = new(1403, 400, "CONCURRENT_EXECUTION_LIMIT_EXCEPTION");

    /// <summary>The function's time limit is longer than direct execution allows.</summary>
    public static readonly ErrorCode TimeLimitExceedsDirectExecutionMaximum = new(
        1404, 400, "TIME_LIMIT_EXCEEDS_DIRECT_EXECUTION_MAXIMUM_EXCEPTION");

    /// <summary>The function could not be invoked.</summary>
    public static readonly ErrorCode LambdaInvocation = new(1405, 400, "LAMBDA_INVOCATION_EXCEPTION");

    /// <summary>The function failed.</summary>
    public static readonly ErrorCode LambdaRuntime = new(1406, 400, "LAMBDA_RUNTIME_EXCEPTION");

    /// <summary>A managed function may not have this name.</summary>
    public static readonly ErrorCode InvalidFunctionName = new(1407, 400, "INVALID_FUNCTION_NAME_EXCEPTION");

    /// <summary>The task has run and left no log.</summary>
    public static readonly ErrorCode NoTaskLogsFound = new(1408, 400, "NO_TASK_LOGS_FOUND");

    /// <summary>The answer of an API function cannot be passed on.</summary>
    public static readonly ErrorCode InvalidApiFunctionResult = new(1409, 400, "INVALID_API_FUNCTION_RESULT");

    /// <summary>An API function did not answer in time.</summary>
    public static readonly ErrorCode ApiFunctionTimeLimit = new(1411, 400, "API_FUNCTION_MAXIMUM_TIME_LIMIT");

    /// <summary>The limit of API functions running at the same time is reached.</summary>
    public static readonly ErrorCode ConcurrentApiFunctionLimit = new(1412, 400, "CONCURRENT_API_FUNCTION_LIMIT_EXCEPTION");

    /// <summary>The API request left no log.</summary>
    public static readonly ErrorCode NoApiRequestLogsFound = new(1413, 400, "NO_API_REQUEST_LOGS_FOUND");

    private const string Form = @"\A([A-Z_]{1,100}) \(([0-9]{1,6})\)[.:] ";

    /// <summary>What may be refused on a way that does not carry the HTTP status. Of any other error it is 400.</summary>
    private static readonly ErrorCode[] s_beyond400 = [ServerException, ServiceUnreachable, ResourceUnknown];

    /// <summary>
    /// Reads the error with which a text begins, such as <c>FIELD_FORMAT_EXCEPTION (15): functionName must be ...</c>. That is how refusals
    /// are written where there is no field for the code: in faults on the bus, and in hints of SQL.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="rest">What follows. The whole text when it begins with no error.</param>
    /// <returns>Null when the text begins with no error.</returns>
    public static ErrorCode? Read(string text, out string rest)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Regex.Match(text, Form, RegexOptions.CultureInvariant);
        rest = text.Substring(match.Length);
        if (!match.Success)
        {
            return null;
        }

        var number = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        return Array.Find(s_beyond400, known => known.Code == number) ?? new(number, 400, match.Groups[1].Value);
    }
}
