using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Identifies callers by API keys from the settings and the database.</summary>
internal sealed class ApiKeyHandler(
    StoredApiKeys stored, TimeProvider time, AuthenticationSettings settings, FailedAttempts failures,
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging)
    : BearerHandler(settings, failures, options, logging)
{
    public const string SchemeName = "ApiKey";

    protected override async Task<AuthenticateResult> FindAsync(string token) =>
        (Settings.Keys.Find(token) ?? await stored.FindAsync(token, LastKnownKeys.WillDo(Context), Context.RequestAborted)) is not { } key
            ? Refuse(ErrorCode.AccessTokenUnknown, $"This {Settings.Word.ToLowerInvariant()} is not known to the server. {Settings.Advice}")
        : key.ExpiresAt <= time.GetUtcNow() ? Refuse(ErrorCode.AccessTokenExpired, $"The API key '{key.Name}' has expired. Use a new one.")
        : Success(key.Caller, key.Principal);
}
