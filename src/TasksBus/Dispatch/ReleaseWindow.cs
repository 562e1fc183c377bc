using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// The tasks of one pool that are released and not claimed yet. It exists only in the leader's memory. A new leader starts with an empty
/// one and releases again, which the claim makes harmless.
/// </summary>
public sealed class ReleaseWindow(TimeProvider clock, TimeSpan patience)
{
    /// <summary>The broker's highest level; the lowest is 0. Levels are expensive, so there are few.</summary>
    public const byte MaxLevel = 5;

    /// <summary>
    /// A look at the top of the ready queue that takes longer than this reads many dead rows, which an old transaction elsewhere keeps
    /// alive.
    /// </summary>
    private static readonly TimeSpan s_longLook = TimeSpan.FromMilliseconds(50);

    /// <summary>Long looks may take at most this share of the time: 1 in 5.</summary>
    private const int LongLookShare = 5;

    private readonly Dictionary<long, Entry> _released = [];

    /// <summary>The most urgent released task on each level.</summary>
    private readonly Rank?[] _mostUrgent = new Rank?[MaxLevel + 1];

    private Rank? _top;
    private TimeSpan _look;
    private long _lookedAt;
    private long _roomSince = clock.GetTimestamp();
    private bool _hadRoom;

    /// <summary>The numbers of the tasks that are released and not yet claimed.</summary>
    public IReadOnlyCollection<long> Released => _released.Keys;

    /// <summary>
    /// The place from which to read the ready queue. It is the top (null), unless that takes long. Then, for a while, it is the place where
    /// the first task was found. A task that comes in above it meanwhile is seen with the next look at the top.
    /// </summary>
    public Rank? From() => _look >= s_longLook && clock.GetElapsedTime(_lookedAt) < _look * LongLookShare ? _top : null;

    /// <summary>Records a look and how long it took.</summary>
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

    /// <summary>Removes what was claimed or canceled meanwhile, and returns for how many more tasks the workers have room.</summary>
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
        return Math.Max(0, view.FreeSlots - _released.Count);
    }

    /// <summary>
    /// Returns the broker's level for a task that is released now. The broker keeps the order within one level. So a task that outranks
    /// everything released goes one level above it. Any other goes as high as it may without overtaking a more urgent task, so levels that
    /// were needed for a while come down again by themselves.
    /// </summary>
    public byte Add(ReadyTask task)
    {
        var level = LevelOf(task.Rank);
        _released[task.Rank.Number] = new(task, clock.GetTimestamp(), level);
        Note(task.Rank, level);
        return level;
    }

    /// <summary>Removes tasks that could not be sent.</summary>
    public void Remove(IEnumerable<ReadyTask> tasks)
    {
        foreach (var task in tasks)
        {
            _released.Remove(task.Rank.Number);
        }

        FindMostUrgent();
    }

    /// <summary>
    /// Released tasks that nobody claimed although there was room all the time. Their message is lost, so they are released again.
    /// </summary>
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

    private byte LevelOf(Rank rank)
    {
        var above = 0;
        for (var level = 0; level <= MaxLevel; level++)
        {
            if (_mostUrgent[level] is { } other)
            {
                if (other < rank)
                {
                    return (byte)level;
                }

                above = level + 1;
            }
        }

        return (byte)Math.Min(above, MaxLevel);
    }

    private void FindMostUrgent()
    {
        Array.Clear(_mostUrgent);
        foreach (var entry in _released.Values)
        {
            Note(entry.Task.Rank, entry.Level);
        }
    }

    private void Note(Rank rank, byte level)
    {
        if (!(_mostUrgent[level] < rank))
        {
            _mostUrgent[level] = rank;
        }
    }

    private readonly record struct Entry(ReadyTask Task, long At, byte Level);
}
