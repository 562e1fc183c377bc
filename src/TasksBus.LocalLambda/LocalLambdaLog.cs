namespace TasksBus.LocalLambda;

/// <summary>Everything this project logs. Events 1 to 9: the server; 10 to 19: functions.</summary>
internal static partial class LocalLambdaLog
{
    [LoggerMessage(1, LogLevel.Information, "Local functions in {FunctionsPath} can be invoked at {Endpoint} (Node.js {NodeMajorVersion})")]
    public static partial void Started(ILogger logger, string functionsPath, Uri endpoint, int nodeMajorVersion);

    [LoggerMessage(2, LogLevel.Debug, "{Folder} stays: {Reason}")]
    public static partial void FolderKept(ILogger logger, string folder, string reason);

    [LoggerMessage(3, LogLevel.Error, "{Invocation} ({RequestId}) failed inside the server")]
    public static partial void ServerFailed(ILogger logger, string invocation, string requestId, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "The deployment of {FunctionName} could not be carried out")]
    public static partial void DeploymentFailed(ILogger logger, string functionName, Exception exception);

    [LoggerMessage(
        5, LogLevel.Warning,
        "Functions run as root and may read and change everything: install setpriv (util-linux), or run the server as another user")]
    public static partial void NotIsolated(ILogger logger);

    [LoggerMessage(6, LogLevel.Warning, "The user id {UserId} is not given to another function: {Reason}")]
    public static partial void UserStays(ILogger logger, int userId, string reason);

    [LoggerMessage(7, LogLevel.Information, "Requests must be signed; for AWS' tools a shell reads the key with: . '{KeyFile}'")]
    public static partial void OwnKey(ILogger logger, string keyFile);

    [LoggerMessage(8, LogLevel.Warning, "Requests need no signature: every program on this machine may run code (LocalLambda:WithoutKeys)")]
    public static partial void WithoutKeys(ILogger logger);

    [LoggerMessage(10, LogLevel.Information, "{FunctionName}: {Line}")]
    public static partial void FunctionWrote(ILogger logger, string functionName, string line);

    [LoggerMessage(11, LogLevel.Debug, "{FunctionName}: {Line}")]
    public static partial void LambdaWrote(ILogger logger, string functionName, string line);

    [LoggerMessage(12, LogLevel.Warning, "The event {RequestId} for {FunctionName} was dropped: no process came free in {Waited}")]
    public static partial void EventDropped(ILogger logger, string functionName, string requestId, TimeSpan waited);

    [LoggerMessage(13, LogLevel.Warning, "The event {RequestId} for {FunctionName} was dropped: the function is gone")]
    public static partial void EventOfNoFunction(ILogger logger, string functionName, string requestId);

    [LoggerMessage(14, LogLevel.Warning, "The event {RequestId} for {FunctionName} was dropped: {Reason}")]
    public static partial void EventRefused(ILogger logger, string functionName, string requestId, string reason);
}
