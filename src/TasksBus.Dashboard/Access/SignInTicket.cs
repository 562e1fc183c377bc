using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>One sign-in, from the form to the sign-out.</summary>
/// <param name="Id">Tells it from other sign-ins by the same key.</param>
/// <param name="End">When the key must be shown again, in seconds since 1970.</param>
internal sealed record SignInTicket(SignIn SignIn, string Id, long End);
