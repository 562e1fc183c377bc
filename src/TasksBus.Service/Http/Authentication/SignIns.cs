using System.Globalization;
using System.Net;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Lets people in for longer than a request, by an API key that they show once or by an OpenID Connect provider.</summary>
public sealed class SignIns
{
    private readonly AuthenticationNeed _need;
    private readonly AuthenticationSettings _settings;
    private readonly StoredApiKeys _stored;
    private readonly FailedAttempts _failures;
    private readonly TimeProvider _time;

    internal SignIns(
        AuthenticationNeed need, AuthenticationSettings settings, StoredApiKeys stored, FailedAttempts failures, TimeProvider time,
        SignInProvider? provider) =>
        (_need, _settings, _stored, _failures, _time, Provider) = (need, settings, stored, failures, time, provider);

    /// <summary>The provider by which people sign in. Null when there is none.</summary>
    public SignInProvider? Provider { get; }

    /// <summary>Returns true when callers must be known.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public ValueTask<bool> AreNeededAsync(CancellationToken cancellationToken) => _need.IsRequiredAsync(cancellationToken);

    /// <summary>Finds a key that somebody shows.</summary>
    /// <param name="from">The address that shows it. Failures are counted for each address.</param>
    /// <exception cref="CommandRefusedException">The key is not known or has expired, or too many were not.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async Task<KeySignIn> ShowAsync(string key, IPAddress? from, CancellationToken cancellationToken)
    {
        var found = _settings.Keys.Find(key) ?? await _stored.FindAsync(key, cancellationToken);
        return found is null ? throw Refused(from, ErrorCode.AccessTokenUnknown, "This API key is not known to the server.")
            : HasExpired(found) ? throw Refused(
                from, ErrorCode.AccessTokenExpired, $"The API key '{found.Name}' has expired. Use a new one.")
            : new(found.Name, found.Revision);
    }

    /// <summary>
    /// Returns the caller who signed in, with the permissions of this moment. Null when the key or the provider is not valid any more.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async ValueTask<Caller?> CallerAsync(SignIn signIn, CancellationToken cancellationToken) => signIn switch
    {
        PersonSignIn person => Provider?.CallerOf(person),
        _ => _settings.Keys.Named(signIn.Name).Concat(await _stored.NamedAsync(signIn.Name, cancellationToken))
            .FirstOrDefault(key => key.Revision == signIn.Revision && !HasExpired(key))?.Caller,
    };

    private bool HasExpired(ApiKey key) => key.ExpiresAt <= _time.GetUtcNow();

    private CommandRefusedException Refused(IPAddress? from, ErrorCode code, string message)
    {
        var wait = _failures.Add(from);
        return wait <= TimeSpan.Zero ? new(code, message)
            : new(
                ErrorCode.TooManyFailedAttempts,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Too many keys that are not valid came from this address. Wait {Math.Ceiling(wait.TotalSeconds)} s."));
    }
}
