using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// The metadata of an OpenID Connect issuer, and the keys with which it signs. They are read again every ten minutes, and at once when a
/// token names an unknown key. Whatever callers send, that happens at most every ten seconds (every two seconds before anything is known).
/// While the issuer cannot be reached, the known keys stay valid.
/// </summary>
internal sealed partial class IssuerKeys(Uri issuer, IDocumentRetriever documents, TimeProvider time, ILogger<IssuerKeys> logger)
{
    private static readonly TimeSpan s_freshness = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private volatile OpenIdConnectConfiguration? _known;
    private long? _lastRead;
    private Task? _reading;

    private string Address => $"{issuer.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration";

    /// <summary>Returns what is known, after a read if the key is unknown.</summary>
    /// <param name="keyId">The key that a token names. Null when it names none.</param>
    /// <exception cref="IssuerUnavailableException">The issuer could not be asked yet.</exception>
    public async Task<OpenIdConnectConfiguration> GetAsync(string? keyId, CancellationToken cancellationToken)
    {
        var known = _known;
        var isMissing = known is null || (keyId is not null && !known.SigningKeys.Any(key => key.KeyId == keyId));
        // Keys that are merely old are good enough for this token.
        if (StartReading(isMissing) is { } reading && isMissing)
        {
            await reading.WaitAsync(cancellationToken);
        }

        return _known ?? throw new IssuerUnavailableException();
    }

    /// <returns>The read that is under way. Null when none is due.</returns>
    private Task? StartReading(bool isMissing)
    {
        lock (_lock)
        {
            if (_reading is { IsCompleted: false })
            {
                return _reading;
            }

            var age = _lastRead is { } last ? time.GetElapsedTime(last) : TimeSpan.MaxValue;
            if (age < (_known is null ? s_firstPause : isMissing ? s_pause : s_freshness))
            {
                return null;
            }

            _lastRead = time.GetTimestamp();
            return _reading = Task.Run(ReadAsync);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var read = await OpenIdConnectConfigurationRetriever.GetAsync(Address, documents, CancellationToken.None);
            if (read.Issuer?.TrimEnd('/') != issuer.OriginalString.TrimEnd('/'))
            {
                throw new InvalidDataException(
                    $"the issuer calls itself '{read.Issuer}', and the settings call it '{issuer.OriginalString}'");
            }

            if (read.SigningKeys.Count == 0)
            {
                throw new InvalidDataException("it has no keys");
            }

            _known = read;
        }
        catch (Exception exception)
        {
            LogUnavailable(logger, issuer, exception.GetBaseException().Message);
        }
    }

    [LoggerMessage(521, LogLevel.Warning, "The issuer {Issuer} cannot be asked for its keys; those that are known still hold: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, Uri issuer, string reason);
}

/// <summary>Tokens cannot be checked, because their issuer was never reached.</summary>
public sealed class IssuerUnavailableException() : Exception("The issuer of tokens cannot be reached now; try again in a moment.");

/// <summary>Reads an issuer's documents: over https or from this machine, at most 1 MB, within 10 seconds.</summary>
internal sealed class IssuerDocuments : IDocumentRetriever, IDisposable
{
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 1_000_000,
    };

    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel) =>
        IssuerAddress.IsSafe(address)
            ? await _http.GetStringAsync(new Uri(address), cancel)
            : throw new InvalidDataException($"'{address}' is no https address");

    public void Dispose() => _http.Dispose();
}
