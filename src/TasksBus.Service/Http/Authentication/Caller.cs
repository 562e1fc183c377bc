using System.Collections.Frozen;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Principal;
using System.Text;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Service.Http.Authentication;

/// <summary>The caller of a request. An endpoint that needs it takes it as a parameter.</summary>
/// <param name="Name">The caller's name for people: an API key's name, or a token's user. Null when no authentication is needed, and for a
/// stranger.</param>
/// <param name="ApplicationId">24 hex digits. For an API key they depend only on its name, so they stay the same when the key is
/// replaced.</param>
/// <param name="UserId">24 hex digits, if a token names a user.</param>
public sealed record Caller(string? Name, string? ApplicationId, string? UserId = null)
{
    public static readonly Caller Anyone = new(null, null);

    /// <summary>An unknown caller whom a public function admits although others must be known.</summary>
    public static readonly Caller Stranger = new(null, null) { IsStranger = true };

    /// <summary>The names of permissions, or <see cref="Permissions.Everything"/>.</summary>
    public FrozenSet<string> Allowed { get; init; } = [];

    public bool IsAuthenticated => Name is not null;

    /// <summary>The caller in the form in which ASP.NET Core represents users.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new GenericIdentity(Name!, "Bearer"));

    /// <summary>True when the caller is known and has no permission.</summary>
    public bool MayNothing => IsAuthenticated && Allowed.Count == 0;

    private bool IsStranger { get; init; }

    /// <summary>Returns true when the caller has a permission. If no authentication is configured, every caller has it.</summary>
    public bool May(string permission) =>
        (!IsAuthenticated && !IsStranger) || Allowed.Contains(permission) || Allowed.Contains(Permissions.Everything);

    /// <exception cref="CommandRefusedException">The caller lacks the permission.</exception>
    public void Require(string permission)
    {
        if (!May(permission))
        {
            throw new CommandRefusedException(ErrorCode.NoPermission, Lacks(permission));
        }
    }

    /// <summary>Says that the caller lacks a permission.</summary>
    /// <param name="permission">Its name, or several names as a text for people.</param>
    public string Lacks(string permission) => $"The caller '{Name}' lacks the permission {permission}.";

    public static ValueTask<Caller?> BindAsync(HttpContext context) =>
        ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? Anyone);

    /// <summary>
    /// The beginning of the ids of API keys. No token's id begins so, because a client of the issuer must not pass for a key.
    /// </summary>
    private const string KeyPrefix = "ffffff";

    /// <summary>
    /// Makes an id in the API's form, because the API's ids are 24 hex digits and a filter matches no others. It is the issuer's own id in
    /// lower case, if that has the form and does not begin like the ids of API keys. Otherwise it is the first 12 bytes of the SHA-256 of
    /// "tasksbus KIND ID". The same id always gives the same result.
    /// </summary>
    public static string IdOf(string kind, string id)
    {
        var own = TaskId.TryParse(id, out var parsed) ? parsed.ToString() : null;
        return own?.StartsWith(KeyPrefix, StringComparison.Ordinal) == false ? own : Derived($"tasksbus {kind} {id}");
    }

    /// <summary>"ffffff", and the first 9 bytes of the SHA-256 of "tasksbus api key NAME".</summary>
    public static string ApplicationIdOfKey(string name) => $"{KeyPrefix}{Derived($"tasksbus api key {name}")}"[..(2 * TaskId.Size)];

    private static string Derived(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, TaskId.Size));
}
