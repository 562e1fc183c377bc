using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>
/// The cookie of somebody who signed in. It says who that is, and holds no key and no token. Only this cluster can write one.
/// </summary>
internal sealed class SignInTickets(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>After this time a key must be shown again.</summary>
    public static readonly TimeSpan LifetimeOfKeys = TimeSpan.FromHours(12);

    private const string Name = "tasksbus-dashboard";

    /// <summary>Browsers keep cookies of 4,096 bytes, name and attributes included.</summary>
    private const int MaxLength = 3_900;

    private readonly IDataProtector _protector = protection.CreateProtector("TasksBus.Dashboard.SignIn.v2");

    /// <summary>The tickets that were signed out of in this process, each with its end.</summary>
    private readonly ConcurrentDictionary<string, long> _signedOut = [];

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Returns true when the request has a cookie of ours, valid or not.</summary>
    public static bool IsIn(HttpRequest request) => request.Cookies.ContainsKey(NameFor(request));

    /// <summary>Returns the ticket of who signed in. Null when the request has no valid cookie.</summary>
    public SignInTicket? Read(HttpRequest request) => request.Cookies.TryGetValue(NameFor(request), out var text) ? Read(text) : null;

    /// <summary>Sends the cookie. Returns false when it would be longer than browsers keep.</summary>
    public bool TryWrite(HttpContext context, SignIn signIn, TimeSpan lifetime)
    {
        var text = Protect(signIn, lifetime);
        if (text.Length > MaxLength)
        {
            return false;
        }

        context.Response.Cookies.Append(NameFor(context.Request), text, Options(context.Request));
        return true;
    }

    /// <summary>Takes the cookie back. Open pages of the same ticket end too, as far as this process serves them.</summary>
    /// <returns>The ticket. Null when the request had no valid one.</returns>
    public SignInTicket? Delete(HttpContext context)
    {
        var ticket = Read(context.Request);
        if (ticket is not null)
        {
            _signedOut[ticket.Id] = ticket.End;
        }

        foreach (var (id, end) in _signedOut)
        {
            if (end <= Now)
            {
                _signedOut.TryRemove(id, out _);
            }
        }

        context.Response.Cookies.Delete(NameFor(context.Request), Options(context.Request));
        return ticket;
    }

    /// <summary>Returns true when a ticket still stands.</summary>
    public bool Holds(SignInTicket ticket) => Now < ticket.End && !_signedOut.ContainsKey(ticket.Id);

    internal string Protect(SignIn signIn, TimeSpan lifetime) =>
        _protector.Protect(new SignInTicket(signIn, Guid.NewGuid().ToString("N"), Now + (long)lifetime.TotalSeconds).Write());

    internal SignInTicket? Read(string text)
    {
        try
        {
            return SignInTicket.Read(_protector.Unprotect(text)) is { } ticket && Holds(ticket) ? ticket : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or JsonException)
        {
            // Somebody else wrote it, or the keys that protected it are gone.
            return null;
        }
    }

    /// <summary>A browser accepts a name with this prefix only from the host itself, over https.</summary>
    private static string NameFor(HttpRequest request) => request.IsHttps ? $"__Host-{Name}" : Name;

    private static CookieOptions Options(HttpRequest request) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        Path = "/",
        SameSite = SameSiteMode.Strict,
        Secure = request.IsHttps,
    };
}
