using TasksBus.Contracts;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Why a token is refused, in the form that ASP.NET Core's authentication carries. It is never thrown.</summary>
internal sealed class TokenRefusal(ErrorCode code, string message) : Exception(message)
{
    public ErrorCode Code => code;
}
