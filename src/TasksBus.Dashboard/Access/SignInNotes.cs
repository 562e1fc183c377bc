using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Tokens;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>
/// What the sign-in page says to somebody who comes back without a session. Each note has a name, which is in the address.
/// </summary>
internal static class SignInNotes
{
    public const string SignedOut = "signed-out";

    private const string Denied = "denied";
    private const string Away = "away";
    private const string Stale = "stale";
    private const string Clock = "clock";
    private const string Failed = "failed";

    /// <summary>The note about a failure.</summary>
    public static string For(Exception failure) => failure switch
    {
        // The library keeps the provider's own code for an error there.
        _ when failure.Data["error"] is "access_denied" => Denied,
        _ when failure.Data["error"] is "temporarily_unavailable" or "server_error" => Away,
        IssuerUnavailableException or OperationCanceledException => Away,
        HttpRequestException { StatusCode: null or >= (System.Net.HttpStatusCode)500 } => Away,
        SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException => Clock,
        // The library throws others for what the provider answers.
        AuthenticationFailureException => Stale,
        _ => Failed,
    };

    /// <summary>A note as a text for the visitor. Null when there is none of that name.</summary>
    /// <param name="provider">The provider's name.</param>
    public static string? Text(string? note, string provider) => note switch
    {
        SignedOut => $"You are signed out of this dashboard, and still signed in to {provider}.",
        Denied => $"{provider} did not let you in. Try another account, or ask those who manage {provider} for access to TasksBus.",
        Away => $"{provider} cannot be reached now. Try again in a moment, or sign in with an API key.",
        Stale => "This sign-in took too long, was used before, or began in another browser. Begin again.",
        Clock => $"The clocks of {provider} and of this server differ too much. Tell those who run this server.",
        Failed => $"The sign-in by {provider} failed. Tell those who run this server: its log says why.",
        _ => null,
    };

    /// <summary>A note as a text for those who run the server.</summary>
    public static string Reason(string note) => note switch
    {
        Denied => "the provider did not let somebody in",
        Away => "the provider cannot be used now",
        Stale => "the browser came back without the cookies of its attempt, or with a used answer. If that is always so behind a proxy, "
            + "X-Forwarded-Proto or TasksBus:TrustedProxies is missing",
        Clock => "the clocks of the provider and of this server differ by more than TasksBus:SignIn:ClockSkew",
        _ => "the provider refused this server, or its answer is not valid",
    };
}
