using System.Text.Json;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Client;

/// <summary>Where the server is, and how calls are made.</summary>
public sealed class TasksBusClientOptions
{
    /// <summary>
    /// The address of the server or of what stands before it, such as <c>https://tasks.example</c>. It may have a path. Required.
    /// </summary>
    public Uri? Address { get; set; }

    /// <summary>An API key of the server. Null sends none, for a server that asks for none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// Gives the bearer token for each try of a call, instead of <see cref="ApiKey"/>. It should keep a token as long as it is valid.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? TokenProvider { get; set; }

    /// <summary>
    /// How long one try of a call may take, beside the time that the server is asked to wait: 1 second to 10 minutes. Default: 30 seconds.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a call is tried again after its first failure, when no answer came or the server answered 408, 429, 502, 503 or 504: 0 to
    /// 1 hour. 0 tries each call once. The pauses grow from 0.1 to 5 seconds, and follow the server's Retry-After. Default: 1 minute.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The name of this service, which its tasks and their events carry, unless a task has another: 1 to 60 of the characters A-Z, a-z,
    /// 0-9, - and _. Null names none.
    /// </summary>
    public string? Publisher { get; set; }

    /// <summary>How inputs are written. Default: the web defaults of System.Text.Json, with names in camelCase.</summary>
    public JsonSerializerOptions InputJson { get; set; } = JsonSerializerOptions.Web;
}

/// <summary>Checks the options when the client is made.</summary>
internal sealed class OptionsCheck : IValidateOptions<TasksBusClientOptions>
{
    public ValidateOptionsResult Validate(string? name, TasksBusClientOptions options) =>
        FaultsOf(options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

    private static IEnumerable<string> FaultsOf(TasksBusClientOptions options)
    {
        if (options.Address is not { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "", Fragment: "" })
        {
            yield return $"Address must be the http or https address of a TasksBus server, such as http://localhost:8080; "
                + $"got '{options.Address}'.";
        }

        if (options is { ApiKey: not null, TokenProvider: not null })
        {
            yield return "ApiKey and TokenProvider exclude each other: set one of them.";
        }

        // The key is a secret, so it is not repeated.
        if (options.ApiKey is { } key && (key.Length == 0 || key.Any(static letter => letter is <= ' ' or > '~')))
        {
            yield return "ApiKey must be a text of printable ASCII characters without spaces.";
        }

        foreach (var fault in ClientRules.FaultsOf(options.RequestTimeout, options.RetryFor, options.Publisher, options.InputJson))
        {
            yield return fault;
        }
    }
}
