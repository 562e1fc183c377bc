namespace TasksBus.Execution;

/// <summary>
/// The slots for functions that a worker may run at once. A slot is held from before a claim until its report is stored. When all slots are
/// free, nothing runs and nothing is being claimed.
/// </summary>
internal sealed class Slots(int count) : IDisposable
{
    /// <summary>
    /// A slot's report is committed, and its room offered, a moment before the slot is free here. So a claim waits up to this long for a
    /// slot, and up to eight times as long while the worker stays full.
    /// </summary>
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _free = new(count);
    private volatile bool _isClosed;
    private volatile int _timesFull;

    /// <summary>How many slots the worker offers. None once it is closed.</summary>
    public int Offered => _isClosed ? 0 : count;

    /// <summary>Lets nothing new be taken.</summary>
    public void Close() => _isClosed = true;

    /// <summary>
    /// Takes a slot, unless none is free within a moment. A worker that stays full waits longer before it hands tasks back, so that they do
    /// not go round in circles.
    /// </summary>
    public async Task<bool> TryTakeAsync()
    {
        if (_isClosed)
        {
            return false;
        }

        if (!await _free.WaitAsync(s_moment * (1 << Math.Min(_timesFull, 3))))
        {
            _timesFull++;
            return false;
        }

        _timesFull = 0;
        if (_isClosed)
        {
            _free.Release();
            return false;
        }

        return true;
    }

    /// <summary>Returns true when a slot could be taken now.</summary>
    public bool HasFree => !_isClosed && _free.CurrentCount > 0;

    /// <summary>Takes a slot that is free now.</summary>
    public bool TryTakeNow() => !_isClosed && _free.Wait(0);

    /// <summary>Gives a slot back.</summary>
    public void Release() => _free.Release();

    /// <summary>Waits until all slots are free, or until it is canceled.</summary>
    public async Task UntilAllAreFreeAsync(CancellationToken cancellationToken)
    {
        var held = 0;
        try
        {
            for (; held < count; held++)
            {
                await _free.WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over. What still runs is given up.
        }

        if (held > 0)
        {
            _free.Release(held);
        }
    }

    public void Dispose() => _free.Dispose();
}
