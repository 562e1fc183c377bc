using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// Says whether a caller meets what an endpoint requires, on a server whose callers must be known. Endpoints that require nothing let in every
/// known caller, so a new endpoint is closed until somebody opens it. Endpoints that run a function let in whom that function lets in.
/// </summary>
internal sealed class CallerAuthorization(IFunctionPolicyStore functions, NextRead<FunctionPolicies> functionsNow, TimeProvider time)
    : IAuthorizationHandler
{
    /// <summary>Whatever callers send whom nobody knows, the functions are read five times a second at most for them, as the stored keys are.</summary>
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

    /// <summary>Asks the function that the path names. A change of a moment ago holds now, whoever calls.</summary>
    private async Task<bool> MayRunAsync(HttpContext request, RequiredFunctionPermission permission)
    {
        var function = RequiredFunctionPermission.FunctionOf(request);
        if (request.Features.Get<Caller>() is { } caller)
        {
            return (await functionsNow.GetAsync(request.RequestAborted)).Of(function).PermissionMode != FunctionSettings.PermissionRequired
                || caller.May(permission.Name) || caller.May(Permissions.For(permission.Name, function));
        }

        // A public function may have tokens of its own: one that is not ours is the function's affair.
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
    /// Returns whether a function lets in strangers. A function that did when it was last read is read again at once; others are read a little later.
    /// </summary>
    private async Task<bool> IsPublicAsync(string function, CancellationToken cancellationToken)
    {
        var read = functions.Functions.Of(function).PermissionMode == FunctionSettings.Public ? functionsNow : _functionsForStrangers;
        return (await read.GetAsync(cancellationToken)).Of(function).PermissionMode == FunctionSettings.Public;
    }
}
