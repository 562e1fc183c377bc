using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// What is released and not claimed yet, for one pool. It lives in the leader's memory only: a new leader starts with an empty one and
/// releases again, which the claim makes harmless.
/// </summary>
public sealed class ReleaseWindow(TimeProvider clock, TimeSpan patience)
{
    /// <summary>The broker's highest level; the lowest is 0. Levels are dear, so they are few.</summary>
    public const byte MaxLevel = 5;

    /// <summary>
    /// A look at the top of the ready queue that takes longer passes over rows that are long gone, kept alive by an old transaction elsewhere.
    /// </summary>
    private static readonly TimeSpan s_longLook = TimeSpan.FromMilliseconds(50);

    /// <summary>Of the time, so much may go into long looks: 1 in 5.</summary>
    private const int LongLookShare = 5;

    private readonly Dictionary<long, Entry> _released = [];
    private Rank? _top;
    private Rank? _mostUrgent;
    private TimeSpan _look;
    private long _lookedAt;
    private long _roomSince = clock.GetTimestamp();
    private bool _hadRoom;
    private byte _level;

    public IReadOnlyCollection<long> Released => _released.Keys;

    /// <summary>
    /// Where to look at the ready queue from: its top (null), unless that takes long. Then, for a while, the place where its first task was
    /// found: one that comes in above meanwhile is seen with the next look at the top.
    /// </summary>
    public Rank? From() => _look >= s_longLook && clock.GetElapsedTime(_lookedAt) < _look * LongLookShare ? _top : null;

    /// <summary>Takes note of a look and how long it took.</summary>
    public void Seen(PoolView view, Rank? from, TimeSpan took)
    {
        if (from is null)
        {
            (_look, _lookedAt) = (took, clock.GetTimestamp());
        }

        Rank? top = view.Next.Count > 0 ? view.Next[0].Rank : null;
        foreach (var (number, entry) in _released)
        {
            if (view.Unclaimed.Contains(number) && !(entry.Task.Rank > top))
            {
                top = entry.Task.Rank;
            }
        }

        _top = top;
    }

    /// <summary>Takes note of what was claimed or canceled meanwhile, and returns how many more tasks the workers have room for.</summary>
    public int Settle(PoolView view)
    {
        foreach (var number in _released.Keys.Except(view.Unclaimed).ToArray())
        {
            _released.Remove(number);
        }

        FindMostUrgent();
        var hasRoom = view.FreeSlots > 0;
        if (hasRoom && !_hadRoom)
        {
            _roomSince = clock.GetTimestamp();
        }

        _hadRoom = hasRoom;
        if (_released.Count == 0)
        {
            _level = 0;
        }

        return Math.Max(0, view.FreeSlots - _released.Count);
    }

    /// <summary>
    /// The broker's level for a task that is released now. The broker keeps the order of one level, so only a task that outranks all that
    /// is released needs to go above.
    /// </summary>
    public byte Add(ReadyTask task)
    {
        if (_mostUrgent is null || task.Rank < _mostUrgent)
        {
            if (_mostUrgent is not null && _level < MaxLevel)
            {
                _level++;
            }

            _mostUrgent = task.Rank;
        }

        _released[task.Rank.Number] = new(task, clock.GetTimestamp(), _level);
        return _level;
    }

    /// <summary>Takes back tasks that could not be sent.</summary>
    public void Remove(IEnumerable<ReadyTask> tasks)
    {
        foreach (var task in tasks)
        {
            _released.Remove(task.Rank.Number);
        }

        FindMostUrgent();
    }

    /// <summary>Released tasks that nobody claimed although there was room all along: their message is lost. They are released again.</summary>
    public IReadOnlyList<(ReadyTask Task, byte Level)> Lost()
    {
        List<(ReadyTask, byte)> lost = [];
        if (!_hadRoom || clock.GetElapsedTime(_roomSince) < patience)
        {
            return lost;
        }

        foreach (var (number, entry) in _released.ToArray())
        {
            if (clock.GetElapsedTime(entry.At) >= patience)
            {
                _released[number] = entry with { At = clock.GetTimestamp() };
                lost.Add((entry.Task, entry.Level));
            }
        }

        return lost;
    }

    private void FindMostUrgent()
    {
        _mostUrgent = null;
        foreach (var entry in _released.Values)
        {
            if (_mostUrgent is null || entry.Task.Rank < _mostUrgent)
            {
                _mostUrgent = entry.Task.Rank;
            }
        }
    }

    private readonly record struct Entry(ReadyTask Task, long At, byte Level);
}
