using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Storage;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// Decides whether a caller meets the requirements of an endpoint, on a server whose callers must be known. An endpoint without
/// requirements admits every known caller, so that a new endpoint is closed until somebody opens it. An endpoint that runs a function
/// admits the callers whom that function admits.
/// </summary>
internal sealed class CallerAuthorization(IFunctionPolicyStore functions, NextRead<FunctionPolicies> functionsNow, TimeProvider time)
    : IAuthorizationHandler
{
    /// <summary>
    /// For unknown callers, whatever they send, the functions are read at most five times a second, like the stored keys.
    /// </summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(200);

    private readonly NextRead<FunctionPolicies> _functionsForStrangers =
        new(() => functions.RefreshFunctionsAsync(CancellationToken.None), s_apart, time);

    public async Task HandleAsync(AuthorizationHandlerContext context)
    {
        var request = (HttpContext)context.Resource!;
        foreach (var requirement in context.Requirements)
        {
            var isMet = requirement switch
            {
                RequiredFunctionPermission permission => await MayRunAsync(request, permission),
                RequiredPermission permission => request.Features.Get<Caller>()?.May(permission.Name) ?? false,
                KnownCaller => request.Features.Get<Caller>() is not null,
                _ => false,
            };
            if (isMet)
            {
                context.Succeed(requirement);
            }
        }
    }

    /// <summary>Decides as the function in the path says. A change that somebody made a moment ago applies now, whoever calls.</summary>
    private async Task<bool> MayRunAsync(HttpContext request, RequiredFunctionPermission permission)
    {
        var function = RequiredFunctionPermission.FunctionOf(request);
        if (request.Features.Get<Caller>() is { } caller)
        {
            return (await functionsNow.GetAsync(request.RequestAborted)).Of(function).PermissionMode != FunctionSettings.PermissionRequired
                || caller.May(permission.Name) || caller.May(Permissions.For(permission.Name, function));
        }

        // A public function may use tokens of its own. A token that is not ours is left to the function.
        if ((await request.AuthenticateAsync()).Failure is TokenRefusal { Code: var code } && code != ErrorCode.AccessTokenUnknown)
        {
            return false;
        }

        if (!await IsPublicAsync(function, request.RequestAborted))
        {
            return false;
        }

        request.Features.Set(Caller.Stranger);
        return true;
    }

    /// <summary>
    /// Returns true when a function admits strangers. If it did so at the last read, it is read again at once. Other functions are read a
    /// little later.
    /// </summary>
    private async Task<bool> IsPublicAsync(string function, CancellationToken cancellationToken)
    {
        var read = functions.Functions.Of(function).PermissionMode == FunctionSettings.Public ? functionsNow : _functionsForStrangers;
        return (await read.GetAsync(cancellationToken)).Of(function).PermissionMode == FunctionSettings.Public;
    }
}
