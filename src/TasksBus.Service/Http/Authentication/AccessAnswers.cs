using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using TasksBus.Contracts;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Answers, in the API's form, callers whom an endpoint refuses.</summary>
internal sealed class AccessAnswers : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult) =>
        authorizeResult.Succeeded ? next(context)
        : authorizeResult.Challenged ? context.ChallengeAsync()
        : RefuseAsync(context, policy.Requirements);

    private static Task RefuseAsync(HttpContext context, IReadOnlyList<IAuthorizationRequirement> requirements)
    {
        var (name, words) = requirements.Select(requirement => requirement switch
        {
            RequiredFunctionPermission permission => (permission.Name,
                $"{permission.Name} or {Permissions.For(permission.Name, RequiredFunctionPermission.FunctionOf(context))}"),
            RequiredPermission permission => (permission.Name, permission.Name),
            _ => throw new InvalidOperationException($"Nobody lacks {requirement} who is known."),
        }).First();
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{name}\"";
        return ApiErrors.Result(ErrorCode.NoPermission, context.Features.Get<Caller>()!.Lacks(words)).ExecuteAsync(context);
    }
}
