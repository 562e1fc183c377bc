using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// Once keys or an issuer of tokens are configured, whoever calls shows one as <c>Authorization: Bearer TOKEN</c>: for every path but those that say
/// <c>AllowAnonymous</c>, so that what is added later is closed until somebody opens it; and for those that run a function as that function says.
/// </summary>
internal sealed partial class Authenticator(
    AuthenticationSettings settings, StoredApiKeys stored, JwtTokens? tokens, FailedAttempts failures, IFunctionPolicyStore store, TimeProvider time, ILogger<Authenticator> logger)
{
    private const string Scheme = "Bearer ";

    /// <summary>RFC 6750: how to do it right.</summary>
    private const string Challenge = "Bearer";
    private const string InvalidToken = "Bearer error=\"invalid_token\"";

    /// <summary>Whatever callers send whom nobody knows, the functions are read five times a second at most for them, as the stored keys are.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(200);

    private readonly NextRead<FunctionPolicies> _functions = new(() => store.RefreshFunctionsAsync(CancellationToken.None), TimeSpan.Zero, time);
    private readonly NextRead<FunctionPolicies> _functionsForStrangers = new(() => store.RefreshFunctionsAsync(CancellationToken.None), s_apart, time);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint()?.Metadata;
        var function = endpoint?.GetMetadata<RequiredFunctionPermission>() is null ? null : (string)context.GetRouteValue("name")!;
        if (endpoint?.GetMetadata<IAllowAnonymous>() is not null || !await IsRequiredAsync(context.RequestAborted))
        {
            // What somebody changed a moment ago holds now, whoever calls.
            await (function is null ? Task.CompletedTask : _functions.GetAsync(context.RequestAborted));
            await next(context);
            return;
        }

        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        var (caller, refusal) = token.Length == 0 ? (null, null) : await FindAsync(token, context.RequestAborted);
        // A public function may have tokens of its own: one that is not ours is the function's affair.
        var isStranger = caller is null && (refusal is null || refusal.Code == ErrorCode.AccessTokenUnknown);
        if (isStranger && function is not null && await IsPublicAsync(function, context.RequestAborted))
        {
            context.Features.Set(Caller.Stranger);
            await next(context);
            return;
        }

        if (refusal is not null)
        {
            await RefuseTokenAsync(context, refusal);
            return;
        }

        if (caller is null)
        {
            await RefuseAsync(context, ErrorCode.UserNotAuthenticated, Challenge, $"{settings.Needed} is needed: send it as Authorization: Bearer {settings.Word}.");
            return;
        }

        var access = await AccessAsync(endpoint, function, context.RequestAborted);
        if (!access.Lets(caller))
        {
            await RefuseAsync(context, ErrorCode.NoPermission, $"Bearer error=\"insufficient_scope\", scope=\"{access.Permission}\"", $"The caller '{caller.Name}' lacks the permission {access.Words}.");
            return;
        }

        context.Features.Set(caller);
        await next(context);
    }

    /// <summary>Whether callers must be known. Where nothing is configured, keys in the database close the server too.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async ValueTask<bool> IsRequiredAsync(CancellationToken cancellationToken) => settings.IsRequired || await stored.WereThereAsync(cancellationToken);

    /// <summary>Whether a function lets in whom nobody knows. For one that does, as was read last, its word of now counts at once; for others it is waited for a little.</summary>
    private async Task<bool> IsPublicAsync(string function, CancellationToken cancellationToken)
    {
        var functions = store.Functions.Of(function).PermissionMode == FunctionSettings.Public ? _functions : _functionsForStrangers;
        return (await functions.GetAsync(cancellationToken)).Of(function).PermissionMode == FunctionSettings.Public;
    }

    private async ValueTask<Access> AccessAsync(EndpointMetadataCollection? endpoint, string? function, CancellationToken cancellationToken)
    {
        if (function is null)
        {
            return new(FunctionSettings.PermissionRequired, endpoint?.GetMetadata<RequiredPermission>()?.Name, null);
        }

        var permission = endpoint!.GetMetadata<RequiredFunctionPermission>()!.Name;
        return new((await _functions.GetAsync(cancellationToken)).Of(function).PermissionMode, permission, Permissions.For(permission, function));
    }

    private async Task<(Caller? Caller, Refused? Refused)> FindAsync(string token, CancellationToken cancellationToken)
    {
        if ((settings.Keys.Find(token) ?? await stored.FindAsync(token, cancellationToken)) is { } key)
        {
            return key.ExpiresAt <= time.GetUtcNow() ? (null, new(ErrorCode.AccessTokenExpired, $"The API key '{key.Name}' has expired. Use a new one.")) : (key.Caller, null);
        }

        if (tokens is null || !JwtTokens.IsOne(token))
        {
            return (null, new(ErrorCode.AccessTokenUnknown, $"This {settings.Word.ToLowerInvariant()} is not known to the server. {settings.Advice}"));
        }

        var verdict = await tokens.JudgeAsync(token, cancellationToken);
        return verdict.Caller is not null ? (verdict.Caller, null)
            : verdict.IsExpired ? (null, new(ErrorCode.AccessTokenExpired, "This token has expired. Get a new one from its issuer."))
            : (null, new(ErrorCode.AccessTokenUnknown, $"This token is not valid here. {settings.Advice}"));
    }

    private async Task RefuseTokenAsync(HttpContext context, Refused refused)
    {
        var address = context.Connection.RemoteIpAddress;
        var wait = failures.Add(address);
        if (wait <= TimeSpan.Zero)
        {
            await RefuseAsync(context, refused.Code, InvalidToken, refused.Message);
            return;
        }

        LogTooMany(logger, address);
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await RefuseAsync(context, ErrorCode.TooManyFailedAttempts, InvalidToken, $"Too many tokens that are not valid came from this address. Wait {seconds} s, and send one that is; that one is let in at once.");
    }

    private static Task RefuseAsync(HttpContext context, ErrorCode code, string challenge, string message)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return ApiErrors.Result(code, message).ExecuteAsync(context);
    }

    [LoggerMessage(522, LogLevel.Debug, "Too many failed attempts from {Address}")]
    private static partial void LogTooMany(ILogger logger, System.Net.IPAddress? address);

    private sealed record Refused(ErrorCode Code, string Message);

    /// <summary>Whom an endpoint lets in.</summary>
    /// <param name="Mode">A function's permission mode.</param>
    /// <param name="Permission">What callers need where the mode asks for it; null: nothing.</param>
    /// <param name="Narrow">Another permission that will do as well.</param>
    private sealed record Access(string Mode, string? Permission, string? Narrow)
    {
        public string Words => Narrow is null ? Permission! : $"{Permission} or {Narrow}";

        public bool Lets(Caller caller) =>
            Mode != FunctionSettings.PermissionRequired || Permission is null || caller.May(Permission) || (Narrow is not null && caller.May(Narrow));
    }
}
