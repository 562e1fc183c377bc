using System.Globalization;

namespace TasksBus.Storage;

/// <summary>
/// Limits how many lists are read at once. Lists may take long, and nothing else waits for them. A caller that finds no free place for
/// seconds is told to come back.
/// </summary>
/// <param name="atOnce">How many lists are read at once.</param>
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

/// <summary>The limit of lists that are read at once is reached. Nothing was read. A place will be free again in a moment.</summary>
public sealed class ListsFullException(int atOnce) : StoreUnavailableException(
    string.Create(CultureInfo.InvariantCulture, $"{atOnce} lists are being read, as many as may be at once. Try again in a moment."));
