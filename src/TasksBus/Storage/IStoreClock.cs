namespace TasksBus.Storage;

/// <summary>The clock that decides what is due.</summary>
public interface IStoreClock
{
    /// <summary>The time on the store's clock.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken);
}
