using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using TasksBus.Dashboard.Hosting;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>What follows when somebody comes back from the provider: a session, or a note on the sign-in page.</summary>
internal sealed partial class ProviderEvents(SignIns signIns, SignInTickets tickets, ILogger<ProviderEvents> logger) : OpenIdConnectEvents
{
    private readonly SignInProvider _provider = signIns.Provider!;
    private JsonElement _idToken;
    private JsonElement? _userInfo;

    public override Task TokenValidated(TokenValidatedContext context)
    {
        _idToken = JsonElement.Parse(Base64UrlEncoder.DecodeBytes(context.SecurityToken.RawPayload));
        return Task.CompletedTask;
    }

    public override Task UserInformationReceived(UserInformationReceivedContext context)
    {
        _userInfo = context.User.RootElement.Clone();
        return Task.CompletedTask;
    }

    public override Task TicketReceived(TicketReceivedContext context)
    {
        context.HandleResponse();
        var person = _provider.Identify(_idToken, _userInfo);
        var lifetime = _provider.Options.Lifetime;
        var (http, claim) = (context.HttpContext, _provider.Options.PermissionsClaim!);
        if (!tickets.TryWrite(http, person, lifetime) && !tickets.TryWrite(http, _provider.Shorten(person), lifetime))
        {
            Fail(
                http, new InvalidDataException($"The claim {claim} has more values that allow something than a cookie holds."),
                context.ReturnUri);
            return Task.CompletedTask;
        }

        if (_provider.CallerOf(person)!.MayNothing)
        {
            LogNothingAllowed(logger, person.Name, _provider.Name, claim, Shown(person.Values));
        }

        return PageThatLeadsOn.WriteAsync(http.Response, DashboardPaths.AfterSignIn(context.ReturnUri));
    }

    public override Task RemoteFailure(RemoteFailureContext context)
    {
        context.HandleResponse();
        Fail(context.HttpContext, context.Failure!, context.Properties?.RedirectUri);
        return Task.CompletedTask;
    }

    /// <summary>Leads to the sign-in page with a note.</summary>
    /// <param name="wanted">The page that the visitor asked for.</param>
    public void Fail(HttpContext context, Exception failure, string? wanted)
    {
        var note = SignInNotes.For(failure);
        LogFailed(logger, failure, _provider.Name, SignInNotes.Reason(note));
        context.Response.Redirect(DashboardPaths.SignInFor(wanted, note));
    }

    /// <summary>The values of a claim, cut where they are many.</summary>
    private static string Shown(IReadOnlyList<string> values)
    {
        const int Most = 500;
        var text = values.Count == 0 ? "no values" : string.Join(", ", values);
        return text.Length > Most ? $"{text[..Most]}..." : text;
    }

    [LoggerMessage(532, LogLevel.Warning, "A sign-in by {Provider} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, Exception failure, string provider, string reason);

    [LoggerMessage(
        533, LogLevel.Warning,
        "{User} signed in by {Provider} and may do nothing: the claim {Claim} has {Values}. TasksBus:Groups says what values allow")]
    private static partial void LogNothingAllowed(ILogger logger, string user, string provider, string claim, string values);
}
