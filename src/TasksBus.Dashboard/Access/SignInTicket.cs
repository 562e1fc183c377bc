using System.Text.Json;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>One sign-in, from the form or the provider to the sign-out.</summary>
/// <param name="Id">Tells it from other sign-ins of the same visitor.</param>
/// <param name="End">When the visitor must sign in again, in seconds since 1970.</param>
internal sealed record SignInTicket(SignIn SignIn, string Id, long End)
{
    public string Write() => JsonSerializer.Serialize(this);

    /// <exception cref="JsonException">The text is no ticket.</exception>
    public static SignInTicket? Read(string text) => JsonSerializer.Deserialize<SignInTicket>(text);
}
