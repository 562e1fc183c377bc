using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// Says whether a caller meets what an endpoint requires. Endpoints that require nothing let in whoever is known, so that what is added later is closed until somebody
/// opens it; those that run a function let in whom that function does.
/// </summary>
internal sealed class CallerAuthorization(AuthenticationNeed need, IFunctionPolicyStore functions, TimeProvider time) : IAuthorizationHandler
{
    /// <summary>Whatever callers send whom nobody knows, the functions are read five times a second at most for them, as the stored keys are.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(200);

    private readonly NextRead<FunctionPolicies> _functions = new(() => functions.RefreshFunctionsAsync(CancellationToken.None), TimeSpan.Zero, time);
    private readonly NextRead<FunctionPolicies> _functionsForStrangers = new(() => functions.RefreshFunctionsAsync(CancellationToken.None), s_apart, time);

    public async Task HandleAsync(AuthorizationHandlerContext context)
    {
        var request = (HttpContext)context.Resource!;
        foreach (var requirement in context.Requirements)
        {
            var isMet = requirement switch
            {
                RequiredFunctionPermission permission => await MayRunAsync(request, permission),
                RequiredPermission permission => request.Features.Get<Caller>() is { } caller ? caller.May(permission.Name) : !await need.IsRequiredAsync(request.RequestAborted),
                KnownCaller => request.Features.Get<Caller>() is not null || !await need.IsRequiredAsync(request.RequestAborted),
                _ => false,
            };
            if (isMet)
            {
                context.Succeed(requirement);
            }
        }
    }

    /// <summary>As the function that the path names says: what somebody changed a moment ago holds now, whoever calls.</summary>
    private async Task<bool> MayRunAsync(HttpContext request, RequiredFunctionPermission permission)
    {
        var function = RequiredFunctionPermission.FunctionOf(request);
        if (request.Features.Get<Caller>() is { } caller)
        {
            return (await _functions.GetAsync(request.RequestAborted)).Of(function).PermissionMode != FunctionSettings.PermissionRequired
                || caller.May(permission.Name) || caller.May(Permissions.For(permission.Name, function));
        }

        if (!await need.IsRequiredAsync(request.RequestAborted))
        {
            await _functions.GetAsync(request.RequestAborted);
            return true;
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

    /// <summary>Whether a function lets in whom nobody knows. For one that does, as was read last, its word of now counts at once; for others it is waited for a little.</summary>
    private async Task<bool> IsPublicAsync(string function, CancellationToken cancellationToken)
    {
        var read = functions.Functions.Of(function).PermissionMode == FunctionSettings.Public ? _functions : _functionsForStrangers;
        return (await read.GetAsync(cancellationToken)).Of(function).PermissionMode == FunctionSettings.Public;
    }
}
