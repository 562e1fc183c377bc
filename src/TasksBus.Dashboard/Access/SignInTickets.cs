using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>
/// The cookie of somebody who signed in. It names the key and its revision, never the key itself, and only this cluster can write one.
/// </summary>
internal sealed class SignInTickets(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>After this time the key must be shown again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const string Name = "tasksbus-dashboard";

    private readonly IDataProtector _protector = protection.CreateProtector("TasksBus.Dashboard.SignIn.v1");

    /// <summary>The tickets that were signed out of in this process, each with its end.</summary>
    private readonly ConcurrentDictionary<string, long> _signedOut = [];

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Returns true when the request has a cookie of ours, valid or not.</summary>
    public static bool IsIn(HttpRequest request) => request.Cookies.ContainsKey(NameFor(request));

    /// <summary>Returns the ticket of who signed in. Null when the request has no valid cookie.</summary>
    public SignInTicket? Read(HttpRequest request) => request.Cookies.TryGetValue(NameFor(request), out var text) ? Read(text) : null;

    /// <summary>Sends the cookie.</summary>
    public void Write(HttpContext context, SignIn signIn) =>
        context.Response.Cookies.Append(NameFor(context.Request), Protect(signIn), Options(context.Request));

    /// <summary>Takes the cookie back. Open pages of the same ticket end too, as far as this process serves them.</summary>
    public void Delete(HttpContext context)
    {
        if (Read(context.Request) is { } ticket)
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
    }

    /// <summary>Returns true when a ticket still stands.</summary>
    public bool Holds(SignInTicket ticket) => Now < ticket.End && !_signedOut.ContainsKey(ticket.Id);

    internal string Protect(SignIn signIn) => _protector.Protect(string.Create(
        CultureInfo.InvariantCulture, $"{Now + (long)Lifetime.TotalSeconds} {Guid.NewGuid():N} {signIn.Revision} {signIn.Name}"));

    internal SignInTicket? Read(string text)
    {
        try
        {
            return _protector.Unprotect(text).Split(' ', 4) is [var end, var id, var revision, var name]
                && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && new SignInTicket(new(name, revision), id, seconds) is var ticket && Holds(ticket)
                ? ticket : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
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
