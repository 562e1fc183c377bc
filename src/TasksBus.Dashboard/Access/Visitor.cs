using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>Who looks at a page, as long as the page is open. What the visitor may do is looked up again for each operation.</summary>
internal sealed class Visitor(SignIns signIns, SignInTickets tickets)
    : AuthenticationStateProvider, IHostEnvironmentAuthenticationStateProvider
{
    private const string NameClaim = "tasksbus:name";
    private const string TicketClaim = "tasksbus:ticket";

    private Task<AuthenticationState> _state = Task.FromResult(new AuthenticationState(new()));

    /// <summary>A visitor in the form in which ASP.NET Core represents users.</summary>
    public static ClaimsPrincipal ToPrincipal(SignInTicket ticket) => new(new ClaimsIdentity(
        [new(NameClaim, ticket.SignIn.Name), new(TicketClaim, ticket.Write())], "Cookie", NameClaim, roleType: null));

    public override Task<AuthenticationState> GetAuthenticationStateAsync() => _state;

    public void SetAuthenticationState(Task<AuthenticationState> authenticationStateTask) => _state = authenticationStateTask;

    /// <summary>Returns the caller of the visitor's operations, with the permissions of this moment.</summary>
    /// <exception cref="SignedOutException">The visitor must sign in.</exception>
    /// <exception cref="Storage.StoreUnavailableException">The database cannot be reached now.</exception>
    public async ValueTask<Caller> CallerAsync(CancellationToken cancellationToken) =>
        await FindAsync((await _state).User, signIns, tickets, cancellationToken) ?? throw new SignedOutException();

    /// <summary>The caller of a visitor. Null when the visitor must sign in.</summary>
    public static async ValueTask<Caller?> FindAsync(
        ClaimsPrincipal user, SignIns signIns, SignInTickets tickets, CancellationToken cancellationToken) =>
        !await signIns.AreNeededAsync(cancellationToken) ? Caller.Anyone
        : TicketOf(user) is { } ticket && tickets.Holds(ticket) ? await signIns.CallerAsync(ticket.SignIn, cancellationToken)
        : null;

    private static SignInTicket? TicketOf(ClaimsPrincipal user) =>
        user.FindFirst(TicketClaim) is { } claim ? SignInTicket.Read(claim.Value) : null;
}

/// <summary>The visitor's key or session has ended, or callers must be known since a moment ago.</summary>
internal sealed class SignedOutException : Exception;
