using System.Collections.Frozen;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// The API keys in the database, of which this process keeps a copy. The copy is at most two seconds old when a key is looked up in it. So
/// after that time a revoked key admits nobody, on any process. Without callers nothing is read. Whatever callers send, the keys are read
/// at most five times a second. Only for metrics an older copy will do while the database does not answer (<see cref="LastKnownKeys"/>).
/// </summary>
internal sealed partial class StoredApiKeys(
    ApiKeyStore store, TaskMetrics metrics, TimeProvider time, ILogger<StoredApiKeys> logger)
{
    private static readonly TimeSpan s_freshness = TimeSpan.FromSeconds(2);

    /// <summary>A key that is not found may be a new one.</summary>
    private static readonly TimeSpan s_freshnessForUnknown = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a caller who takes an older copy waits for a newer one.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>An older copy is no good to anybody.</summary>
    private static readonly TimeSpan s_oldest = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private Task<Copy>? _reading;
    private volatile Copy? _last;
    private volatile bool _wereThere;

    /// <summary>Returns true when there is a key, or was one since the process started.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public ValueTask<bool> WereThereAsync(CancellationToken cancellationToken) => WereThereAsync(mayBeOld: false, cancellationToken);

    /// <inheritdoc cref="WereThereAsync(CancellationToken)"/>
    /// <param name="mayBeOld">True to be content with what was last known while the database does not answer.</param>
    public async ValueTask<bool> WereThereAsync(bool mayBeOld, CancellationToken cancellationToken) =>
        _wereThere || (await CopyAsync(s_freshness, mayBeOld, cancellationToken)).Keys.AreConfigured;

    /// <summary>Returns the key that a client sent, or null when it is not known.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public ValueTask<ApiKey?> FindAsync(string token, CancellationToken cancellationToken) =>
        FindAsync(token, mayBeOld: false, cancellationToken);

    /// <inheritdoc cref="FindAsync(string, CancellationToken)"/>
    /// <param name="mayBeOld">True to be content with what was last known while the database does not answer.</param>
    public async ValueTask<ApiKey?> FindAsync(string token, bool mayBeOld, CancellationToken cancellationToken)
    {
        if (!token.StartsWith(ApiKey.Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var copy = await CopyAsync(s_freshness, mayBeOld, cancellationToken);
        if (copy.Keys.Find(token) is null)
        {
            copy = await CopyAsync(s_freshnessForUnknown, mayBeOld, cancellationToken);
        }

        var key = copy.Keys.Find(token);
        if (key is not null && copy.TakeUse(key, time.GetUtcNow()))
        {
            _ = NoteUseAsync(key);
        }

        return key;
    }

    /// <summary>Returns the keys with that name.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async ValueTask<IEnumerable<ApiKey>> NamedAsync(string name, CancellationToken cancellationToken) =>
        (await CopyAsync(s_freshness, mayBeOld: false, cancellationToken)).Keys.Named(name);

    private async ValueTask<Copy> CopyAsync(TimeSpan freshness, bool mayBeOld, CancellationToken cancellationToken)
    {
        Task<Copy> reading;
        lock (_lock)
        {
            if (_reading is null || _reading.IsFaulted
                || (_reading.IsCompleted && time.GetElapsedTime(_reading.Result.BegunAt) > freshness))
            {
                _reading = Task.Run(ReadAsync, CancellationToken.None);
            }

            reading = _reading;
        }

        if (!mayBeOld || _last is not { } last || time.GetElapsedTime(last.BegunAt) > s_oldest)
        {
            return await reading.WaitAsync(cancellationToken);
        }

        try
        {
            return await reading.WaitAsync(s_patience, time, cancellationToken);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            metrics.DatabaseAway();
            return last;
        }
    }

    private async Task<Copy> ReadAsync()
    {
        // The time is taken at the beginning of the read, because a later revocation is not in it.
        var begunAt = time.GetTimestamp();
        var rows = await store.AllAsync();
        _wereThere |= rows.Count > 0;
        return _last = new(begunAt, rows);
    }

    private async Task NoteUseAsync(ApiKey key)
    {
        try
        {
            await Task.Run(() => store.NoteUseAsync(key.Name, key.Hash.ToArray(), Copy.UseCountsFor));
        }
        catch (StoreUnavailableException exception)
        {
            LogUseNotNoted(logger, exception.Message);
        }
    }

    [LoggerMessage(523, LogLevel.Debug, "The use of an API key could not be noted: {Reason}")]
    private static partial void LogUseNotNoted(ILogger logger, string reason);

    private sealed class Copy(long begunAt, IReadOnlyList<StoredApiKey> rows)
    {
        /// <summary>
        /// A second use within this time is not recorded. A time of last use tells days apart, and should not cost a write for each call.
        /// </summary>
        public static readonly TimeSpan UseCountsFor = TimeSpan.FromMinutes(10);

        // Keys whose use this copy has recorded already, or the database has.
        private readonly HashSet<string> _noted = new(StringComparer.Ordinal);
        private readonly FrozenDictionary<string, long> _lastUsed = rows.Where(static row => row.LastUsedAt is not null)
            .ToFrozenDictionary(static row => row.Name, static row => row.LastUsedAt!.Value);

        public long BegunAt => begunAt;

        public ApiKeys Keys { get; } = new([.. rows.Select(static row => new ApiKey
        {
            Name = row.Name,
            Hash = row.Hash,
            Permissions = ApiKeySettings.Expand(row.Permissions.Split(',')),
            ExpiresAt = row.ExpiresAt is { } expiry ? Microseconds.ToTime(expiry) : null,
        })]);

        /// <summary>Returns true when a use must be recorded now.</summary>
        public bool TakeUse(ApiKey key, DateTimeOffset now)
        {
            if (_lastUsed.TryGetValue(key.Name, out var last) && now - Microseconds.ToTime(last) < UseCountsFor)
            {
                return false;
            }

            lock (_noted)
            {
                return _noted.Add(key.Name);
            }
        }
    }
}
