using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// Identifies the sender of <c>Authorization: Bearer TOKEN</c>, and answers unknown callers. Each handler knows tokens of one kind.
/// </summary>
internal abstract partial class BearerHandler(
    AuthenticationSettings settings, FailedAttempts failures, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, UrlEncoder.Default)
{
    private const string Prefix = "Bearer ";

    /// <summary>RFC 6750: tells a client how to authenticate.</summary>
    private const string Challenge = "Bearer";
    private const string InvalidToken = "Bearer error=\"invalid_token\"";

    private static readonly Task<AuthenticateResult> s_nobody = Task.FromResult(AuthenticateResult.NoResult());

    protected AuthenticationSettings Settings => settings;

    /// <summary>The token of a request. Empty when it has none.</summary>
    public static string TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : "";
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        TokenOf(Request) is { Length: > 0 } token ? FindAsync(token) : s_nobody;

    /// <summary>Returns the owner of a token: <see cref="Success"/>, or a <see cref="TokenRefusal"/>.</summary>
    protected abstract Task<AuthenticateResult> FindAsync(string token);

    protected AuthenticateResult Success(Caller caller, ClaimsPrincipal principal)
    {
        Context.Features.Set(caller);
        return AuthenticateResult.Success(new(principal, Scheme.Name));
    }

    protected static AuthenticateResult Refuse(ErrorCode code, string message) => AuthenticateResult.Fail(new TokenRefusal(code, message));

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if ((await HandleAuthenticateOnceSafeAsync()).Failure is not TokenRefusal refusal)
        {
            await AnswerAsync(
                ErrorCode.UserNotAuthenticated, Challenge,
                $"{settings.Needed} is needed: send it as Authorization: Bearer {settings.Word}.");
            return;
        }

        var address = Context.Connection.RemoteIpAddress;
        var wait = failures.Add(address);
        if (wait <= TimeSpan.Zero)
        {
            await AnswerAsync(refusal.Code, InvalidToken, refusal.Message);
            return;
        }

        LogTooMany(Logger, address);
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await AnswerAsync(
            ErrorCode.TooManyFailedAttempts, InvalidToken,
            $"Too many tokens that are not valid came from this address. Wait {seconds} s, and send one that is; "
                + "that one is let in at once.");
    }

    private Task AnswerAsync(ErrorCode code, string challenge, string message)
    {
        Response.Headers.WWWAuthenticate = challenge;
        return ApiErrors.Result(code, message).ExecuteAsync(Context);
    }

    [LoggerMessage(522, LogLevel.Debug, "Too many failed attempts from {Address}")]
    private static partial void LogTooMany(ILogger logger, IPAddress? address);
}
