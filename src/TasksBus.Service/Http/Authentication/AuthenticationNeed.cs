using TasksBus.Storage;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Decides whether callers must be known. If nothing is configured, keys in the database close the server too.</summary>
internal sealed class AuthenticationNeed(AuthenticationSettings settings, StoredApiKeys stored)
{
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public ValueTask<bool> IsRequiredAsync(CancellationToken cancellationToken) => IsRequiredAsync(mayBeOld: false, cancellationToken);

    /// <inheritdoc cref="IsRequiredAsync(CancellationToken)"/>
    /// <param name="mayBeOld">True to be content with what was last known while the database does not answer.</param>
    public ValueTask<bool> IsRequiredAsync(bool mayBeOld, CancellationToken cancellationToken) =>
        settings.IsRequired ? new(true) : stored.WereThereAsync(mayBeOld, cancellationToken);
}
