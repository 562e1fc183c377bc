using TasksBus.Contracts;

namespace TasksBus.Tool.Connecting;

/// <summary>What is said when a server does not do what was asked, with how to mend it.</summary>
internal static class Messages
{
    public static string Unreachable(Connection connection, string reason) =>
        $"{connection.Address} is not reached: {reason.TrimEnd('.')}. Look whether a server runs there. --server, "
            + $"{Connection.ServerVariable} or a profile name another.";

    /// <summary>A refusal of the server, in its own words, with how to name a key where one is missing.</summary>
    public static string OfRefusal(string message, int code, Connection connection) =>
        code == ErrorCode.UserNotAuthenticated.Code
            ? $"{message} Name a key with {Connection.KeyVariable}, --key, or 'tasksbus profile set NAME --ask-key'."
        : code == ErrorCode.AccessTokenUnknown.Code || code == ErrorCode.AccessTokenExpired.Code
            ? $"{message} The key comes from {(connection.Profile is { } profile ? $"the profile '{profile}', " : "")}--key or "
                + $"{Connection.KeyVariable}; 'tasksbus keys' says how to make another."
        : message;
}
