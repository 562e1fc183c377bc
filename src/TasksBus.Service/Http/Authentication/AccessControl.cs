using Microsoft.AspNetCore.Authorization;
using TasksBus.Storage;

namespace TasksBus.Service.Http.Authentication;

/// <summary>ASP.NET Core's authentication and authorization, for the requests that need them.</summary>
internal static class AccessControl
{
    /// <summary>
    /// Requests skip both when anyone may call, because both would find nobody and refuse nothing. Then a token is not checked, so no
    /// issuer is needed. The database is read only for whether it has API keys, and for the functions before a request runs one.
    /// </summary>
    public static void UseAccessControl(this IApplicationBuilder app)
    {
        var need = app.ApplicationServices.GetRequiredService<AuthenticationNeed>();
        var functionsNow = app.ApplicationServices.GetRequiredService<NextRead<FunctionPolicies>>();
        RequestDelegate? open = null;
        app.Use(guarded => async context =>
        {
            var endpoint = context.GetEndpoint()?.Metadata;
            if (endpoint?.GetMetadata<IAllowAnonymous>() is null
                && (context.Features.Get<Caller>() is not null
                    || await need.IsRequiredAsync(LastKnownKeys.WillDo(context), context.RequestAborted)))
            {
                await guarded(context);
                return;
            }

            if (endpoint?.GetMetadata<RequiredFunctionPermission>() is not null)
            {
                await functionsNow.GetAsync(context.RequestAborted);
            }

            await open!(context);
        });
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(endpoints => open = endpoints);
    }
}
