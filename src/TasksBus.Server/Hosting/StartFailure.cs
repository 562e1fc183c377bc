using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using TasksBus.LocalLambda;
using TasksBus.Service.Hosting;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

internal static class StartFailure
{
    /// <summary>Returns one clear line, or null when the failure is a fault of ours whose stack trace matters.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        StartException or DataFolderException or DatabaseRefusedException or StoreUnavailableException or LocalLambdaStartException =>
            exception.Message,
        OptionsValidationException invalid => string.Join(" ", invalid.Failures),
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Stop the other program, or choose another address with --urls http://localhost:8081.",
        InvalidOperationException when exception.Message.StartsWith("Failed to convert configuration", StringComparison.Ordinal) =>
            exception.Message,
        _ => null,
    };
}
