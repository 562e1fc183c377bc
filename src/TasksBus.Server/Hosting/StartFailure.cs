using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using TasksBus.LocalLambda;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>A setting or the machine does not let the server start; the message says how to mend it.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);

internal static class StartFailure
{
    /// <summary>One clear line, or null where the failure is a fault of ours and its stack trace matters.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        StartException or DataFolderException or DatabaseRefusedException or StoreUnavailableException or LocalLambdaStartException => exception.Message,
        OptionsValidationException invalid => string.Join(" ", invalid.Failures),
        IOException { InnerException: AddressInUseException } => $"{exception.Message} Stop the other program, or choose another address with --urls http://localhost:8081.",
        InvalidOperationException when exception.Message.StartsWith("Failed to convert configuration", StringComparison.Ordinal) => exception.Message,
        _ => null,
    };
}
