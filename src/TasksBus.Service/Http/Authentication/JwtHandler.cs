using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// Identifies callers by the tokens of an OpenID Connect issuer. .NET's JwtBearer refuses the first token that is signed with a new key,
/// and does not answer in the API's form.
/// </summary>
internal sealed class JwtHandler(
    JwtTokens tokens, AuthenticationSettings settings, FailedAttempts failures, IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logging)
    : BearerHandler(settings, failures, options, logging)
{
    public const string SchemeName = "Jwt";

    protected override async Task<AuthenticateResult> FindAsync(string token)
    {
        var verdict = await tokens.JudgeAsync(token, Context.RequestAborted);
        return verdict.Caller is { } caller ? Success(caller, caller.ToPrincipal())
            : verdict.IsExpired ? Refuse(ErrorCode.AccessTokenExpired, "This token has expired. Get a new one from its issuer.")
            : Refuse(ErrorCode.AccessTokenUnknown, $"This token is not valid here. {Settings.Advice}");
    }
}
