using System.Collections.Frozen;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Principal;
using System.Text;
using TasksBus.Contracts;

namespace TasksBus.Server.Http.Authentication;

/// <summary>Who calls. An endpoint that wants to know takes it as a parameter.</summary>
/// <param name="Name">Names the caller for people: an API key's name, or a token's user; null where nobody is asked, and of a stranger.</param>
/// <param name="ApplicationId">24 hex digits. Those of an API key follow from its name alone, so a key that is replaced leaves them as they are.</param>
/// <param name="UserId">24 hex digits, where a token names a user.</param>
internal sealed record Caller(string? Name, string? ApplicationId, string? UserId = null)
{
    public static readonly Caller Anyone = new(null, null);

    /// <summary>Whom a public function lets in where others must be known.</summary>
    public static readonly Caller Stranger = new(null, null) { IsStranger = true };

    /// <summary>The names of permissions, or <see cref="Permissions.Everything"/>.</summary>
    public FrozenSet<string> Allowed { get; init; } = [];

    public bool IsAuthenticated => Name is not null;

    /// <summary>The caller as ASP.NET Core knows users.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new GenericIdentity(Name!, "Bearer"));

    private bool IsStranger { get; init; }

    /// <summary>Whether the caller may do what a permission allows. Where no authentication is configured, anyone may.</summary>
    public bool May(string permission) => (!IsAuthenticated && !IsStranger) || Allowed.Contains(permission) || Allowed.Contains(Permissions.Everything);

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? Anyone);

    /// <summary>What the ids of API keys begin with, and no id of a token: a client of the issuer must not pass for a key.</summary>
    private const string KeyPrefix = "ffffff";

    /// <summary>
    /// An id of the API's form, for the API's ids are 24 hex digits and a filter matches no others: the issuer's own id where it has that form,
    /// in lower case, and does not begin as those of API keys do; else the first 12 bytes of the SHA-256 of "tasksbus KIND ID". The same id
    /// always gives the same.
    /// </summary>
    public static string IdOf(string kind, string id)
    {
        var own = TaskId.TryParse(id, out var parsed) ? parsed.ToString() : null;
        return own?.StartsWith(KeyPrefix, StringComparison.Ordinal) == false ? own : Derived($"tasksbus {kind} {id}");
    }

    /// <summary>"ffffff", and the first 9 bytes of the SHA-256 of "tasksbus api key NAME".</summary>
    public static string ApplicationIdOfKey(string name) => $"{KeyPrefix}{Derived($"tasksbus api key {name}")}"[..(2 * TaskId.Size)];

    private static string Derived(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, TaskId.Size));
}
