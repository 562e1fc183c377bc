using System.Globalization;

namespace TasksBus.Storage;

/// <summary>Lists may take long, so few are read at once, and nothing else waits for them. Who finds no place for seconds is told to come back.</summary>
/// <param name="atOnce">Lists at once.</param>
internal sealed class ListPlaces(int atOnce) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _free = new(atOnce);

    /// <exception cref="ListsFullException">No place became free.</exception>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        if (!await _free.WaitAsync(s_patience, cancellationToken))
        {
            throw new ListsFullException(atOnce);
        }

        try
        {
            return await read();
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}

/// <summary>As many lists are being read as may be at once. Nothing was read, and in a moment there is a place again.</summary>
public sealed class ListsFullException(int atOnce) : StoreUnavailableException(
    string.Create(CultureInfo.InvariantCulture, $"{atOnce} lists are being read, as many as may be at once. Try again in a moment."));
