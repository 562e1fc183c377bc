using Microsoft.AspNetCore.Authorization;
using TasksBus.Contracts;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// Once a key is configured, whoever calls shows one as <c>Authorization: Bearer KEY</c>: for every path but those that say
/// <c>AllowAnonymous</c>, so that what is added later is closed until somebody opens it.
/// </summary>
internal static class Authentication
{
    private const string Scheme = "Bearer ";

    public static void UseApiKeys(this WebApplication app)
    {
        var keys = app.Services.GetRequiredService<ApiKeys>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        if (!keys.AreConfigured)
        {
            return;
        }

        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                return next(context);
            }

            var (caller, refusal) = Authenticate(context, keys, time);
            if (refusal is not null)
            {
                // RFC 6750: how to do it right.
                context.Response.Headers.WWWAuthenticate = "Bearer";
                return refusal.ExecuteAsync(context);
            }

            context.Features.Set(caller);
            return next(context);
        });
    }

    private static (Caller? Caller, IResult? Refusal) Authenticate(HttpContext context, ApiKeys keys, TimeProvider time)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        if (token.Length == 0)
        {
            return (null, ApiErrors.Result(ErrorCode.UserNotAuthenticated, "An API key is needed: send it as Authorization: Bearer KEY."));
        }

        var key = keys.Find(token);
        var needed = context.GetEndpoint()?.Metadata.GetMetadata<RequiredPermission>()?.Name;
        return key is null ? (null, ApiErrors.Result(ErrorCode.AccessTokenUnknown, "This API key is not known to the server. Use one whose hash is in its settings."))
            : key.ExpiresAt <= time.GetUtcNow() ? (null, ApiErrors.Result(ErrorCode.AccessTokenExpired, $"The API key '{key.Name}' has expired. Use a new one."))
            : needed is null || key.Permissions.Contains(needed) ? (key.Caller, null)
            : (null, ApiErrors.Result(ErrorCode.NoPermission, $"The API key '{key.Name}' lacks the permission {needed}."));
    }
}
