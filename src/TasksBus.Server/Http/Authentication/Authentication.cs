using Microsoft.AspNetCore.Authorization;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// Once a key is configured, whoever calls shows one as <c>Authorization: Bearer KEY</c>: for every path but those that say
/// <c>AllowAnonymous</c>, so that what is added later is closed until somebody opens it; and for those of functions as the function says.
/// </summary>
internal static class Authentication
{
    private const string Scheme = "Bearer ";

    public static void UseApiKeys(this WebApplication app)
    {
        var keys = app.Services.GetRequiredService<ApiKeys>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        var store = app.Services.GetRequiredService<ITaskStore>();
        app.Use(async (context, next) =>
        {
            var endpoint = context.GetEndpoint()?.Metadata;
            var ofFunction = endpoint?.GetMetadata<RequiredFunctionPermission>();
            if (ofFunction is not null)
            {
                // What somebody changed a moment ago, whom a function lets in above all, holds now.
                await store.RefreshFunctionsAsync(context.RequestAborted);
            }

            if (!keys.AreConfigured || endpoint?.GetMetadata<IAllowAnonymous>() is not null)
            {
                await next(context);
                return;
            }

            var access = ofFunction is null ? new(FunctionSettings.PermissionRequired, endpoint?.GetMetadata<RequiredPermission>()?.Name, null)
                : Access.Of(ofFunction.Name, (string)context.GetRouteValue("name")!, store.Functions);
            var (caller, refusal) = Authenticate(context, keys, time, access);
            if (refusal is not null)
            {
                // RFC 6750: how to do it right.
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await refusal.ExecuteAsync(context);
                return;
            }

            context.Features.Set(caller);
            await next(context);
        });
    }

    private static (Caller? Caller, IResult? Refusal) Authenticate(HttpContext context, ApiKeys keys, TimeProvider time, Access access)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        var isPublic = access.Mode == FunctionSettings.Public;
        if (token.Length == 0)
        {
            return isPublic ? (Caller.Anyone, null) : (null, ApiErrors.Result(ErrorCode.UserNotAuthenticated, "An API key is needed: send it as Authorization: Bearer KEY."));
        }

        var key = keys.Find(token);
        // A public function may have tokens of its own: one that is not ours is the function's affair.
        return key is null ? isPublic ? (Caller.Anyone, null)
                : (null, ApiErrors.Result(ErrorCode.AccessTokenUnknown, "This API key is not known to the server. Use one whose hash is in its settings."))
            : key.ExpiresAt <= time.GetUtcNow() ? (null, ApiErrors.Result(ErrorCode.AccessTokenExpired, $"The API key '{key.Name}' has expired. Use a new one."))
            : access.Lets(key) ? (key.Caller, null)
            : (null, ApiErrors.Result(ErrorCode.NoPermission, $"The API key '{key.Name}' lacks the permission {access.Words}."));
    }

    /// <summary>Whom an endpoint lets in.</summary>
    /// <param name="Mode">A function's permission mode.</param>
    /// <param name="Permission">What callers need where the mode asks for it; null: nothing.</param>
    /// <param name="Narrow">Another permission that will do as well.</param>
    private sealed record Access(string Mode, string? Permission, string? Narrow)
    {
        public string Words => Narrow is null ? Permission! : $"{Permission} or {Narrow}";

        public static Access Of(string permission, string functionName, FunctionPolicies functions) =>
            new(functions.Of(functionName).PermissionMode, permission, Permissions.For(permission, functionName));

        public bool Lets(ApiKey key) =>
            Mode != FunctionSettings.PermissionRequired || Permission is null || key.Permissions.Contains(Permission) || (Narrow is not null && key.Permissions.Contains(Narrow));
    }
}
